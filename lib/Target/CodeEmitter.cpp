// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The LLVM end: target machine, clean-up passes, code generation, and the
// memory functions that a module brings along.
#include "CodeEmitter.h"
#include "HoistRows.h"
#include "llvm/Analysis/CGSCCPassManager.h"
#include "llvm/Analysis/LoopAnalysisManager.h"
#include "llvm/AsmParser/Parser.h"
#include "llvm/IR/LegacyPassManager.h"
#include "llvm/IR/Verifier.h"
#include "llvm/MC/TargetRegistry.h"
#include "llvm/Passes/PassBuilder.h"
#include "llvm/Support/SourceMgr.h"
#include "llvm/Target/TargetMachine.h"
#include "llvm/Transforms/IPO/GlobalDCE.h"
#include "llvm/Transforms/Scalar/DCE.h"
#include "llvm/Transforms/Scalar/EarlyCSE.h"
#include "llvm/Transforms/Scalar/LICM.h"
#include "llvm/Transforms/Scalar/LoopPassManager.h"
#include "llvm/Transforms/Scalar/SROA.h"
#include "llvm/Transforms/Utils/Mem2Reg.h"

namespace attn {

static llvm::Error makeBugError(const llvm::Twine &what) {
  return llvm::createStringError(std::make_error_code(std::errc::state_not_recoverable), what);
}

static llvm::Expected<std::unique_ptr<llvm::TargetMachine>> makeTargetMachine() {
  std::string error;
  llvm::Triple triple(kTargetTriple);
  const llvm::Target *target = llvm::TargetRegistry::lookupTarget(triple, error);
  if (!target)
    return makeBugError(error);
  llvm::TargetOptions options;
  // A multiplication and an addition stay two roundings unless the IR says fma.
  options.AllowFPOpFusion = llvm::FPOpFusion::Strict;
  std::unique_ptr<llvm::TargetMachine> machine(target->createTargetMachine(triple, "x86-64", /*Features=*/"", options,
                                                                           llvm::Reloc::PIC_, llvm::CodeModel::Small,
                                                                           llvm::CodeGenOptLevel::Default));
  if (!machine)
    return makeBugError("expects LLVM to make a target machine for x86-64, but got none");
  return machine;
}

std::unique_ptr<llvm::Module> makeBaselineModule(llvm::StringRef name, llvm::LLVMContext &context) {
  auto module = std::make_unique<llvm::Module>(name, context);
  module->setTargetTriple(llvm::Triple(kTargetTriple));
  return module;
}

//===----------------------------------------------------------------------===//
// Memory functions
//===----------------------------------------------------------------------===//

/// One forward and one backward copy in steps of 64 bytes, then bytes. All
/// loads of a step come before its stores, so that each direction is right for
/// the overlaps that choose it.
static constexpr llvm::StringLiteral kMemoryFunctions = R"(
define hidden ptr @memmove(ptr %to, ptr %from, i64 %size) #0 {
entry:
  %to.int = ptrtoint ptr %to to i64
  %from.int = ptrtoint ptr %from to i64
  %distance = sub i64 %to.int, %from.int
  %forward = icmp uge i64 %distance, %size
  %blocks.end = and i64 %size, -64
  br i1 %forward, label %up.blocks, label %down.bytes

up.blocks:
  %ub = phi i64 [ 0, %entry ], [ %ub.next, %up.block ]
  %ub.more = icmp ult i64 %ub, %blocks.end
  br i1 %ub.more, label %up.block, label %up.bytes
up.block:
  %ub.from = getelementptr i8, ptr %from, i64 %ub
  %ub.to = getelementptr i8, ptr %to, i64 %ub
  %ub.value = load <64 x i8>, ptr %ub.from, align 1
  store <64 x i8> %ub.value, ptr %ub.to, align 1
  %ub.next = add i64 %ub, 64
  br label %up.blocks
up.bytes:
  %uy = phi i64 [ %blocks.end, %up.blocks ], [ %uy.next, %up.byte ]
  %uy.more = icmp ult i64 %uy, %size
  br i1 %uy.more, label %up.byte, label %done
up.byte:
  %uy.from = getelementptr i8, ptr %from, i64 %uy
  %uy.to = getelementptr i8, ptr %to, i64 %uy
  %uy.value = load i8, ptr %uy.from
  store i8 %uy.value, ptr %uy.to
  %uy.next = add i64 %uy, 1
  br label %up.bytes

down.bytes:
  %dy = phi i64 [ %size, %entry ], [ %dy.next, %down.byte ]
  %dy.more = icmp ugt i64 %dy, %blocks.end
  br i1 %dy.more, label %down.byte, label %down.blocks
down.byte:
  %dy.next = sub i64 %dy, 1
  %dy.from = getelementptr i8, ptr %from, i64 %dy.next
  %dy.to = getelementptr i8, ptr %to, i64 %dy.next
  %dy.value = load i8, ptr %dy.from
  store i8 %dy.value, ptr %dy.to
  br label %down.bytes
down.blocks:
  %db = phi i64 [ %blocks.end, %down.bytes ], [ %db.next, %down.block ]
  %db.more = icmp ne i64 %db, 0
  br i1 %db.more, label %down.block, label %done
down.block:
  %db.next = sub i64 %db, 64
  %db.from = getelementptr i8, ptr %from, i64 %db.next
  %db.to = getelementptr i8, ptr %to, i64 %db.next
  %db.value = load <64 x i8>, ptr %db.from, align 1
  store <64 x i8> %db.value, ptr %db.to, align 1
  br label %down.blocks

done:
  ret ptr %to
}

@memcpy = hidden alias ptr (ptr, ptr, i64), ptr @memmove

define hidden ptr @memset(ptr %to, i32 %value, i64 %size) #0 {
entry:
  %byte = trunc i32 %value to i8
  %one = insertelement <64 x i8> poison, i8 %byte, i64 0
  %all = shufflevector <64 x i8> %one, <64 x i8> poison, <64 x i32> zeroinitializer
  %blocks.end = and i64 %size, -64
  br label %blocks
blocks:
  %b = phi i64 [ 0, %entry ], [ %b.next, %block ]
  %b.more = icmp ult i64 %b, %blocks.end
  br i1 %b.more, label %block, label %bytes
block:
  %b.to = getelementptr i8, ptr %to, i64 %b
  store <64 x i8> %all, ptr %b.to, align 1
  %b.next = add i64 %b, 64
  br label %blocks
bytes:
  %y = phi i64 [ %blocks.end, %blocks ], [ %y.next, %byte.store ]
  %y.more = icmp ult i64 %y, %size
  br i1 %y.more, label %byte.store, label %done
byte.store:
  %y.to = getelementptr i8, ptr %to, i64 %y
  store i8 %byte, ptr %y.to
  %y.next = add i64 %y, 1
  br label %bytes
done:
  ret ptr %to
}

define hidden i32 @memcmp(ptr %a, ptr %b, i64 %size) #0 {
entry:
  br label %loop
loop:
  %i = phi i64 [ 0, %entry ], [ %i.next, %same ]
  %more = icmp ult i64 %i, %size
  br i1 %more, label %compare, label %equal
compare:
  %a.at = getelementptr i8, ptr %a, i64 %i
  %b.at = getelementptr i8, ptr %b, i64 %i
  %a.byte = load i8, ptr %a.at
  %b.byte = load i8, ptr %b.at
  %differ = icmp ne i8 %a.byte, %b.byte
  br i1 %differ, label %different, label %same
same:
  %i.next = add i64 %i, 1
  br label %loop
different:
  %a.wide = zext i8 %a.byte to i32
  %b.wide = zext i8 %b.byte to i32
  %difference = sub i32 %a.wide, %b.wide
  ret i32 %difference
equal:
  ret i32 0
}

attributes #0 = { nounwind "no-builtins" "target-cpu"="x86-64" "tune-cpu"="generic" }
)";

llvm::Expected<std::unique_ptr<llvm::Module>> makeMemoryFunctions(llvm::LLVMContext &context) {
  llvm::SMDiagnostic diagnostic;
  std::unique_ptr<llvm::Module> module = llvm::parseAssemblyString(kMemoryFunctions, diagnostic, context);
  if (!module)
    return makeBugError(diagnostic.getMessage());
  module->setModuleIdentifier("memory");
  module->setSourceFileName("memory");
  module->setTargetTriple(llvm::Triple(kTargetTriple));
  return module;
}

//===----------------------------------------------------------------------===//
// Passes and code
//===----------------------------------------------------------------------===//

void optimise(llvm::Module &module) {
  llvm::LoopAnalysisManager loops;
  llvm::FunctionAnalysisManager functions;
  llvm::CGSCCAnalysisManager components;
  llvm::ModuleAnalysisManager modules;
  llvm::PassBuilder builder;
  builder.registerModuleAnalyses(modules);
  builder.registerCGSCCAnalyses(components);
  builder.registerFunctionAnalyses(functions);
  builder.registerLoopAnalyses(loops);
  builder.crossRegisterProxies(loops, functions, components, modules);

  llvm::FunctionPassManager perFunction;
  perFunction.addPass(llvm::SROAPass(llvm::SROAOptions::PreserveCFG));
  perFunction.addPass(llvm::EarlyCSEPass());
  // Addresses of a head or a panel hold for a whole loop; without this they are
  // a quarter of the instructions of the inner ones.
  perFunction.addPass(
      llvm::createFunctionToLoopPassAdaptor(llvm::LICMPass(llvm::LICMOptions()), /*UseMemorySSA=*/true));
  perFunction.addPass(HoistRowsPass());
  perFunction.addPass(llvm::DCEPass());
  llvm::ModulePassManager passes;
  passes.addPass(llvm::GlobalDCEPass());
  passes.addPass(llvm::createModuleToFunctionPassAdaptor(std::move(perFunction)));
  passes.run(module, modules);
}

llvm::Error emitCode(llvm::Module &module, CodeKind kind, llvm::raw_pwrite_stream &out) {
  std::string broken;
  llvm::raw_string_ostream brokenStream(broken);
  if (llvm::verifyModule(module, &brokenStream))
    return makeBugError("expects translated LLVM IR to verify, but got '" + llvm::StringRef(broken).split('\n').first +
                        "'");
  llvm::Expected<std::unique_ptr<llvm::TargetMachine>> machine = makeTargetMachine();
  if (!machine)
    return machine.takeError();
  module.setDataLayout((*machine)->createDataLayout());
  llvm::legacy::PassManager passes;
  llvm::CodeGenFileType type =
      kind == CodeKind::Asm ? llvm::CodeGenFileType::AssemblyFile : llvm::CodeGenFileType::ObjectFile;
  if ((*machine)->addPassesToEmitFile(passes, out, /*DwoOut=*/nullptr, type,
                                      /*DisableVerify=*/true))
    return makeBugError("expects the target to emit this kind of file, but got a refusal");
  passes.run(module);
  return llvm::Error::success();
}

} // namespace attn
