/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* The questions that json.h answers about a value that was read. */
#include "json.h"

text json_key(const json *object, size_t i) { return object->as.list.items[2 * i].as.string; }

const json *json_value(const json *object, size_t i) { return &object->as.list.items[2 * i + 1]; }

const json *json_find(const json *object, const char *key) {
  if (!object || object->kind != JSON_OBJECT)
    return NULL;
  for (size_t i = 0; i < object->as.list.count; ++i)
    if (text_equals(json_key(object, i), key))
      return json_value(object, i);
  return NULL;
}

const char *json_describe(const json *value) {
  static const char *const names[] = {"null", "a boolean", "a number", "a string", "an array", "an object"};
  return value ? names[value->kind] : "none";
}

int64_t json_integer(const json *value, int64_t max) {
  if (!value || value->kind != JSON_NUMBER || !(value->as.number >= 0 && value->as.number <= (double)max))
    return -1;
  int64_t integer = (int64_t)value->as.number;
  return (double)integer == value->as.number ? integer : -1;
}

bool json_is(const json *value, const char *string) {
  return value && value->kind == JSON_STRING && text_equals(value->as.string, string);
}

bool json_is_true(const json *value) { return value && value->kind == JSON_BOOL && value->boolean; }

bool json_is_null(const json *value) { return !value || value->kind == JSON_NULL; }
