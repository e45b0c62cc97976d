// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Finds the sentences of a file that mean what a query asks: tokenize, embed in
// batches, rank by cosine. Needs a compiled sentence model and its vocabulary,
// and nothing else at run time but the attn runtime.
#include "failure.h"
#include "files.h"
#include "options.h"
#include "search.h"
#include "sentences.h"

#include <csignal>
#include <cstdio>
#include <iostream>
#include <new>
#include <unistd.h>

namespace attn::search {
namespace {

/// Reports "embedded 96 of 400" on standard error, rewritten in place on a
/// terminal; elsewhere only where `always`, one line after the other.
Search::Progress makeProgress(bool always, size_t total) {
  bool terminal = isatty(STDERR_FILENO);
  if (!terminal && !always)
    return [](size_t) {};
  return [=](size_t done) {
    const char *end = !terminal ? "\n" : done < total ? "" : "\r\033[K";
    std::fprintf(stderr, "%sembedded %zu of %zu%s", terminal ? "\r" : "", done, total, end);
  };
}

/// The sentences and their embeddings: those of the index file if it still
/// holds for them, else computed, and then kept there.
Index prepare(const Search &search, const Options &options) {
  std::optional<Index> saved;
  if (options.index)
    saved = Search::loadIndex(*options.index);
  if (!options.file) {
    if (!saved)
      throw Failure(Exit::System, "cannot open '" + *options.index +
                                      "': it does not exist, and without FILE "
                                      "it cannot be made");
    if (!search.made(*saved))
      throw Failure(Exit::Refused, "expects '" + *options.index +
                                       "' to be made with this module and vocabulary, but "
                                       "got others");
    return std::move(*saved);
  }
  std::vector<std::string> sentences = readSentences(*options.file);
  if (saved && search.made(*saved) && saved->sentences == sentences)
    return std::move(*saved);
  Search::Progress progress = makeProgress(options.progress, sentences.size());
  Index index = search.makeIndex(std::move(sentences), progress);
  if (options.index)
    replaceFile(*options.index, index.serialise());
  return index;
}

void answer(const Search &search, const Index &index, const std::string &query, size_t top) {
  for (Match match : search.find(index, query, top))
    std::printf("%7.4f  %s\n", double(match.score), printable(index.sentences[match.sentence]).c_str());
}

/// A query per line of standard input; an empty line ends each answer.
void answerInput(const Search &search, const Index &index, size_t top) {
  bool prompt = isatty(STDIN_FILENO) && isatty(STDERR_FILENO);
  std::string query;
  while (true) {
    if (prompt)
      std::fputs("query> ", stderr);
    if (!std::getline(std::cin, query))
      return;
    answer(search, index, query, top);
    std::putchar('\n');
    std::fflush(stdout);
  }
}

void printTokens(const Options &options) {
  constexpr size_t maxTokens = 512; // BERT's; a module may say less
  WordPiece words = readVocabulary(options.vocabulary);
  for (const std::string &line : readSentences(*options.file)) {
    const char *separator = "";
    for (int64_t id : words.encode(line, maxTokens)) {
      std::printf("%s%lld", separator, static_cast<long long>(id));
      separator = " ";
    }
    std::putchar('\n');
  }
}

void run(int argc, char **argv) {
  Options options = parseOptions(argc, argv);
  if (options.help) {
    std::fputs(kHelp, stdout);
    return;
  }
  if (options.version) {
    std::printf("attn-search %d.%d\n", ATTN_RT_VERSION_MAJOR, ATTN_RT_VERSION_MINOR);
    return;
  }
  if (options.tokens)
    return printTokens(options);
  Search search(options.module, options.vocabulary, options.threads);
  Index index = prepare(search, options);
  size_t top = static_cast<size_t>(options.top);
  if (options.query)
    answer(search, index, *options.query, top);
  else
    answerInput(search, index, top);
}

/// Output that could not be written must not look like success.
void finishOutput() {
  if (std::fflush(stdout) != 0 || std::ferror(stdout))
    throw Failure(Exit::System, "cannot write to standard output");
}

int fail(Exit exit, const char *message) {
  std::fprintf(stderr, "attn-search: %s\n", printable(message).c_str());
  return static_cast<int>(exit);
}

} // namespace
} // namespace attn::search

int main(int argc, char **argv) {
  using namespace attn::search;
  // A file size limit is then an error of write(), which cleans up, not a kill.
  std::signal(SIGXFSZ, SIG_IGN);
  try {
    run(argc, argv);
    finishOutput();
    return static_cast<int>(Exit::Ok);
  } catch (const Failure &failure) {
    return fail(failure.exit, failure.what());
  } catch (const std::bad_alloc &) {
    return fail(Exit::System, "out of memory");
  } catch (const std::exception &error) {
    return fail(Exit::Bug, error.what());
  }
}
