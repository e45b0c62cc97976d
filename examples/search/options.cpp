// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Options are --name=value or --name value, in any order; -- ends them.
#include "options.h"

#include "failure.h"

#include <cerrno>
#include <cstdlib>
#include <cstring>

namespace attn::search {

const char *const kHelp =
    R"(attn-search - find the sentences that mean what you ask

usage: attn-search --module=MODEL.so --vocab=vocab.txt [--query=TEXT] [FILE]

  FILE             sentences, one per line; - is standard input
  --module=FILE    sentence model made by attn-compile
  --vocab=FILE     its WordPiece vocabulary
  --query=TEXT     what to look for; without it, every line of standard input
                   is a query
  --top=N          how many sentences to print for a query (default 5)
  --index=FILE     keep the embeddings in FILE and use them again while module,
                   vocabulary and sentences are the same; with an index, the
                   sentences themselves may be left out
  --threads=N      default: the CPUs this process may use
  --progress       report progress also when standard error is no terminal
  --tokens         print the token ids of each line of FILE, and stop
  --help, --version

Prints the cosine of query and sentence, then the sentence, best first.
exit status: 0 ok; 1 refused an input; 2 wrong usage; 3 a bug; 4 file trouble
)";

namespace {

[[noreturn]] void failUsage(const std::string &message) { throw Failure(Exit::Usage, message + "; see --help"); }

int parseCount(const std::string &name, const std::string &text, long max) {
  char *end = nullptr;
  errno = 0;
  long value = std::strtol(text.c_str(), &end, 10);
  bool isDigit = !text.empty() && text[0] >= '0' && text[0] <= '9';
  if (!isDigit || *end || errno || value < 1 || value > max)
    failUsage("expects " + name + " to be between 1 and " + std::to_string(max) + ", but got '" + text + "'");
  return static_cast<int>(value);
}

/// The arguments, taken from the front.
class Arguments {
public:
  Arguments(int argc, const char *const *argv) : next(argv + (argc > 0)), end(argv + argc) {}

  bool take(std::string &argument) {
    if (next == end)
      return false;
    argument = *next++;
    return true;
  }

private:
  const char *const *next, *const *end;
};

bool setFlag(Options &options, const std::string &name) {
  bool *flag = name == "--progress"  ? &options.progress
               : name == "--tokens"  ? &options.tokens
               : name == "--help"    ? &options.help
               : name == "--version" ? &options.version
                                     : nullptr;
  if (flag)
    *flag = true;
  return flag != nullptr;
}

bool takesValue(const std::string &name) {
  for (const char *known : {"--module", "--vocab", "--query", "--index", "--top", "--threads"})
    if (name == known)
      return true;
  return false;
}

void setValue(Options &options, const std::string &name, const std::string &value) {
  if (name == "--module")
    options.module = value;
  else if (name == "--vocab")
    options.vocabulary = value;
  else if (name == "--query")
    options.query = value;
  else if (name == "--index")
    options.index = value;
  else if (name == "--top")
    options.top = parseCount(name, value, 1000000);
  else
    options.threads = parseCount(name, value, 1024);
}

void parseOption(Options &options, const std::string &argument, Arguments &rest) {
  size_t equals = argument.find('=');
  std::string name = argument.substr(0, equals), value;
  bool hasValue = equals != argument.npos;
  if (!hasValue && setFlag(options, name))
    return;
  if (!takesValue(name))
    failUsage("unknown option '" + argument + "'");
  if (hasValue)
    value = argument.substr(equals + 1);
  else if (!rest.take(value))
    failUsage("expects a value after " + name + ", but got none");
  setValue(options, name, value);
}

/// What the options need of each other.
void checkTogether(const Options &options) {
  if (options.vocabulary.empty())
    failUsage("expects --vocab to name a file, but got none");
  if (options.tokens) {
    if (!options.file)
      failUsage("expects --tokens to come with FILE, but got none");
    return;
  }
  if (options.module.empty())
    failUsage("expects --module to name a file, but got none");
  if (!options.file && !options.index)
    failUsage("expects FILE or --index to give the sentences, but got neither");
  if (options.file == "-" && !options.query)
    failUsage("expects --query when the sentences come from standard input, "
              "but got none");
}

} // namespace

Options parseOptions(int argc, const char *const *argv) {
  Options options;
  Arguments rest(argc, argv);
  bool isOption = true;
  for (std::string argument; rest.take(argument);) {
    bool dashed = argument.size() > 1 && argument[0] == '-';
    if (isOption && argument == "--")
      isOption = false;
    else if (isOption && dashed)
      parseOption(options, argument, rest);
    else if (options.file)
      failUsage("expects one FILE, but got '" + *options.file + "' and '" + argument + "'");
    else
      options.file = argument;
  }
  if (!options.help && !options.version)
    checkTogether(options);
  return options;
}

} // namespace attn::search
