/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Continues a text with a language model that attn-compile made: tokenize, run the prompt through the model at once,
 * then token by token. Needs the compiled model, its tokenizer, and nothing else at run time but the attn runtime.
 */
#define _POSIX_C_SOURCE 200809L
#include "answer.h"
#include "files.h"
#include "interrupt.h"
#include "model_folder.h"
#include "options.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { MAX_PROMPT = 64 << 20 };

/* One line, whatever a message quotes. */
static int report(const failure *failure) {
  char line[sizeof failure->message];
  size_t size = 0;
  for (const char *at = failure->message; *at && size + 1 < sizeof line; ++at)
    line[size++] = (unsigned char)*at < 0x20 || *at == 0x7F ? ' ' : *at;
  line[size] = '\0';
  fprintf(stderr, "attn-generate: %s\n", line);
  return failure->status;
}

static bool start(conversation *talk, const options *options, failure *failure) {
  memset(talk, 0, sizeof *talk);
  talk->pending = -1;
  talk->limit = options->tokens;
  talk->starts_again = options->interactive;
  talk->to_terminal = isatty(STDOUT_FILENO);
  talk->sampler.greedy = options->greedy;
  talk->sampler.temperature = options->temperature;
  talk->sampler.top_p = options->top_p;
  talk->sampler.state = (uint64_t)options->seed;
  for (size_t i = 0; i < options->stops.size; ++i)
    id_list_append(&talk->stops, options->stops.data[i]);
  if (!model_open(&talk->model, options->module, (int32_t)options->threads, options->capacity, failure))
    return false;
  talk->tokens = load_tokenizer(options->tokenizer, talk->model.vocabulary, &talk->stops, failure);
  return talk->tokens != NULL;
}

static void end(conversation *talk) {
  model_close(&talk->model);
  tokenizer_free(talk->tokens);
  sampler_free(&talk->sampler);
  id_list_free(&talk->stops);
}

/* What the user should know of how an answer ended, and the line end that a terminal needs. */
static void say_ending(const conversation *talk, const answer_stats *stats) {
  putchar('\n');
  fflush(stdout);
  if (stats->ending == ENDED_BY_CAPACITY)
    fprintf(stderr, "attn-generate: the session is full: it holds %lld positions\n", (long long)talk->model.capacity);
}

static bool answer_one(conversation *talk, text prompt, const options *options, bool *interrupted, failure *failure) {
  answer_stats stats;
  interrupt_catch();
  bool good = answer(talk, prompt, &stats, failure);
  interrupt_release();
  if (!good)
    return false;
  *interrupted = stats.ending == ENDED_BY_INTERRUPT;
  say_ending(talk, &stats);
  if (options->stats)
    print_stats(talk, &stats);
  return true;
}

/* The prompt of the command line or of a file; then the signal that ended the answer, if one did, ends the program. */
static bool answer_prompt(conversation *talk, const options *options, failure *failure) {
  bytes contents = {NULL, 0, 0};
  bool interrupted = false,
       good = !options->prompt_file || read_file(options->prompt_file, MAX_PROMPT, &contents, failure);
  text prompt = {contents.data, contents.size};
  good = good &&
         answer_one(talk, options->prompt_file ? prompt : text_of(options->prompt), options, &interrupted, failure);
  bytes_free(&contents);
  if (good && interrupted)
    interrupt_die();
  return good;
}

/* A prompt per line. What is wrong with a line ends the answer, not the program. */
static bool answer_lines(conversation *talk, const options *options, failure *failure) {
  bool prompts = isatty(STDIN_FILENO) && isatty(STDERR_FILENO), good = true, interrupted;
  char *line = NULL;
  size_t room = 0;
  while (good) {
    if (prompts)
      fputs("> ", stderr);
    ssize_t size = getline(&line, &room, stdin);
    if (size < 0)
      break;
    text prompt = {line, (size_t)size - (line[size - 1] == '\n')};
    if (answer_one(talk, prompt, options, &interrupted, failure))
      continue;
    good = failure->status == STATUS_REFUSED;
    if (good)
      report(failure);
  }
  free(line);
  if (good && ferror(stdin))
    return fail(failure, STATUS_SYSTEM, "cannot read standard input: %s", strerror(errno));
  return good;
}

static int run(const options *options) {
  conversation talk;
  failure failure;
  bool good = start(&talk, options, &failure) &&
              (options->interactive ? answer_lines(&talk, options, &failure) : answer_prompt(&talk, options, &failure));
  end(&talk);
  return good ? STATUS_OK : report(&failure);
}

int main(int argc, char **argv) {
  options options;
  failure failure;
  int status = STATUS_OK;
  if (!options_parse(&options, argc, argv, &failure))
    status = report(&failure);
  else if (options.help)
    fputs(help_text, stdout);
  else if (options.version)
    printf("attn-generate %d.%d\n", ATTN_RT_VERSION_MAJOR, ATTN_RT_VERSION_MINOR);
  else
    status = run(&options);
  options_free(&options);
  /* Output that could not be written must not look like success. */
  if (status == STATUS_OK && (fflush(stdout) != 0 || ferror(stdout))) {
    fail(&failure, STATUS_SYSTEM, "cannot write to standard output: %s", strerror(errno));
    status = report(&failure);
  }
  return status;
}
