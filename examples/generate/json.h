/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Reads JSON (RFC 8259) that nobody vouches for: strict, of bounded size and depth, in time that no input makes more
 * than n log n. A key that occurs twice in an object is an error, because readers differ in which of them counts.
 */
#ifndef ATTN_EXAMPLES_GENERATE_JSON_H
#define ATTN_EXAMPLES_GENERATE_JSON_H

#include "failure.h"
#include "memory.h"

#define JSON_MAX_BYTES (256u << 20)
#define JSON_MAX_DEPTH 64

typedef enum json_kind { JSON_NULL, JSON_BOOL, JSON_NUMBER, JSON_STRING, JSON_ARRAY, JSON_OBJECT } json_kind;

typedef struct json {
  json_kind kind;
  bool boolean;
  union {
    double number;
    text string; /* UTF-8, may hold NUL */
    struct {
      const struct json *items; /* of an object: key, value, key, value, ... */
      size_t count;             /* of an object: pairs */
    } list;
  } as;
} json;

typedef struct json_document {
  json root;
  arena memory;
} json_document;

/* Parses `data`, which is written to (strings are unescaped in place) and must outlive the document. */
bool json_parse(char *data, size_t size, json_document *document, failure *failure);
void json_free(json_document *document);

/* The value of a key; NULL when `object` is NULL, no object, or has no such key. */
const json *json_find(const json *object, const char *key);

/* The i-th key and value of an object. */
text json_key(const json *object, size_t i);
const json *json_value(const json *object, size_t i);

/* "null", "a number", ...: what a message says of a value. NULL is "none". */
const char *json_describe(const json *value);

/* An integer in [0, max], or -1. NULL is welcome. */
int64_t json_integer(const json *value, int64_t max);

/* Whether the value is this string, or true. NULL is welcome. */
bool json_is(const json *value, const char *string);
bool json_is_true(const json *value);
bool json_is_null(const json *value); /* also when there is none */

#endif
