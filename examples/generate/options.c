/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* See options.h. */
#include "options.h"

#include <errno.h>
#include <math.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

const char help_text[] = "attn-generate - continue a text, token by token\n"
                         "\n"
                         "usage: attn-generate MODULE PROMPT [options]\n"
                         "       attn-generate MODULE --interactive [options]\n"
                         "\n"
                         "  MODULE             a decoder made by attn-compile\n"
                         "  --tokenizer=PATH   tokenizer.json, or a model's folder; a folder without one, or no\n"
                         "                     --tokenizer: tokens are bytes\n"
                         "  --prompt-file=F    read the prompt from F; - is standard input\n"
                         "  --interactive      continue with each line of standard input; Ctrl-C ends an answer\n"
                         "  --tokens=N         at most so many (default 200)\n"
                         "  --greedy           always the likeliest token; otherwise draw one with\n"
                         "  --temperature=T    (default 0.8),\n"
                         "  --top-p=P          the likeliest that sum up to P (default 0.95), and\n"
                         "  --seed=N           (default 1): the same seed, the same text\n"
                         "  --stop=ID,...      end at these token ids too, besides those of\n"
                         "                     generation_config.json beside the tokenizer\n"
                         "  --capacity=N       positions of the session (default: all that the module has)\n"
                         "  --threads=N        default: the CPUs this process may use\n"
                         "  --stats            tokens per second, share of the machine's read bandwidth\n"
                         "  --help, --version\n"
                         "\n"
                         "Prints what follows the prompt, as it comes.\n"
                         "exit status: 0 ok; 1 refused an input; 2 wrong usage; 3 a bug; 4 file trouble\n";

typedef enum option_kind { FLAG, TEXT, COUNT, NUMBER, IDS } option_kind;

typedef struct option_info {
  const char *name;
  option_kind kind;
  size_t offset;
  int64_t min, max; /* COUNT */
  double limit;     /* NUMBER: above 0, at most this */
} option_info;

#define AT(member) offsetof(options, member)

static const option_info known[] = {
    {"--tokenizer", TEXT, AT(tokenizer), 0, 0, 0},
    {"--prompt-file", TEXT, AT(prompt_file), 0, 0, 0},
    {"--interactive", FLAG, AT(interactive), 0, 0, 0},
    {"--tokens", COUNT, AT(tokens), 1, 1 << 30, 0},
    {"--greedy", FLAG, AT(greedy), 0, 0, 0},
    {"--temperature", NUMBER, AT(temperature), 0, 0, 100},
    {"--top-p", NUMBER, AT(top_p), 0, 0, 1},
    {"--seed", COUNT, AT(seed), 0, INT64_MAX, 0},
    {"--stop", IDS, AT(stops), 0, INT32_MAX, 0},
    {"--capacity", COUNT, AT(capacity), 1, INT32_MAX, 0},
    {"--threads", COUNT, AT(threads), 1, 1024, 0},
    {"--stats", FLAG, AT(stats), 0, 0, 0},
    {"--help", FLAG, AT(help), 0, 0, 0},
    {"--version", FLAG, AT(version), 0, 0, 0},
};

static bool parse_count(const char *name, const char *value, size_t size, int64_t min, int64_t max, int64_t *to,
                        failure *failure) {
  char *end = NULL;
  errno = 0;
  long long parsed = value[0] >= '0' && value[0] <= '9' ? strtoll(value, &end, 10) : -1;
  if (end != value + size || errno || parsed < min || parsed > max)
    return fail(failure, STATUS_USAGE, "expects %s to be between %lld and %lld, but got '%.*s'; see --help", name,
                (long long)min, (long long)max, (int)(size < 99 ? size : 99), value);
  *to = parsed;
  return true;
}

static bool parse_number(const char *name, const char *value, double limit, double *to, failure *failure) {
  char *end = NULL;
  double parsed = strtod(value, &end);
  if (end == value || *end || !(parsed > 0 && parsed <= limit))
    return fail(failure, STATUS_USAGE, "expects %s to be above 0 and at most %g, but got '%.99s'; see --help", name,
                limit, value);
  *to = parsed;
  return true;
}

static bool parse_ids(const char *name, const char *value, id_list *to, failure *failure) {
  for (const char *at = value;; ++at) {
    size_t size = strcspn(at, ",");
    int64_t id;
    if (!parse_count(name, at, size, 0, INT32_MAX, &id, failure))
      return false;
    id_list_append(to, (int32_t)id);
    at += size;
    if (!*at)
      return true;
  }
}

static bool set(options *options, const option_info *info, const char *value, failure *failure) {
  void *to = (char *)options + info->offset;
  switch (info->kind) {
  case FLAG:
    *(bool *)to = true;
    return true;
  case TEXT:
    *(const char **)to = value;
    return true;
  case COUNT:
    return parse_count(info->name, value, strlen(value), info->min, info->max, to, failure);
  case NUMBER:
    return parse_number(info->name, value, info->limit, to, failure);
  case IDS:
    return parse_ids(info->name, value, to, failure);
  }
  return false;
}

/* Takes an option, and the argument after it where that is its value. */
static bool parse_option(options *options, char **argument, char **end, char ***next, failure *failure) {
  const char *equals = strchr(*argument, '=');
  size_t size = equals ? (size_t)(equals - *argument) : strlen(*argument);
  const option_info *info = NULL;
  for (size_t i = 0; i < sizeof known / sizeof *known; ++i)
    if (strlen(known[i].name) == size && memcmp(known[i].name, *argument, size) == 0)
      info = &known[i];
  if (!info)
    return fail(failure, STATUS_USAGE, "expects an option that --help lists, but got '%.99s'", *argument);
  if (info->kind == FLAG && equals)
    return fail(failure, STATUS_USAGE, "expects %s to stand alone, but got '%.99s'; see --help", info->name, *argument);
  if (info->kind == FLAG || equals)
    return set(options, info, equals ? equals + 1 : NULL, failure);
  if (argument + 1 == end)
    return fail(failure, STATUS_USAGE, "expects a value after %s, but got none; see --help", info->name);
  *next = argument + 2;
  return set(options, info, argument[1], failure);
}

static bool check_together(const options *options, failure *failure) {
  int prompts = (options->prompt != NULL) + (options->prompt_file != NULL) + options->interactive;
  if (!options->module)
    return fail(failure, STATUS_USAGE, "expects MODULE to be given, but got none; see --help");
  if (prompts != 1)
    return fail(failure, STATUS_USAGE, "expects one of PROMPT, --prompt-file and --interactive, but got %d; see --help",
                prompts);
  return true;
}

bool options_parse(options *options, int argc, char **argv, failure *failure) {
  memset(options, 0, sizeof *options);
  options->tokens = 200;
  options->temperature = 0.8;
  options->top_p = 0.95;
  options->seed = 1;
  bool options_end = false;
  char **end = argv + argc;
  for (char **argument = argv + (argc > 0), **next; argument < end; argument = next) {
    next = argument + 1;
    if (!options_end && strcmp(*argument, "--") == 0) {
      options_end = true;
    } else if (!options_end && (*argument)[0] == '-' && (*argument)[1]) {
      if (!parse_option(options, argument, end, &next, failure))
        return false;
    } else if (!options->module) {
      options->module = *argument;
    } else if (!options->prompt) {
      options->prompt = *argument;
    } else {
      return fail(failure, STATUS_USAGE, "expects MODULE and PROMPT, but got '%.99s' as well; see --help", *argument);
    }
  }
  return options->help || options->version || check_together(options, failure);
}

void options_free(options *options) { id_list_free(&options->stops); }
