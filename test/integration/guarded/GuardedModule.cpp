// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The runtime's own loader has checked the file before the system's loader sees
// it, so what is found here is as abi.h says.
#include "GuardedModule.h"

#include "Session.h"
#include "ToolError.h"

#include <cstring>
#include <dlfcn.h>
#include <elf.h>
#include <link.h>

using namespace attn::test;
using namespace attn;
using tool::ToolError;

namespace {

/// Of frames: weights are aligned as workspaces are.
constexpr size_t kAlignment = 64;

struct Description {
  ElfW(Addr) Base = 0;
  const unsigned char *Data = nullptr;
  size_t Size = 0;
};

/// Looks for our note in the object that was loaded at Description::Base.
int findNote(dl_phdr_info *object, size_t, void *context) {
  auto *found = static_cast<Description *>(context);
  if (object->dlpi_addr != found->Base)
    return 0;
  for (int i = 0; i < object->dlpi_phnum; ++i) {
    const ElfW(Phdr) &segment = object->dlpi_phdr[i];
    if (segment.p_type != PT_NOTE)
      continue;
    const auto *note = reinterpret_cast<const unsigned char *>(object->dlpi_addr + segment.p_vaddr);
    ElfW(Nhdr) header;
    std::memcpy(&header, note, sizeof header);
    size_t owner = sizeof ATTN_RT_NOTE_OWNER;
    if (header.n_type != ATTN_RT_NOTE_TYPE || header.n_namesz != owner ||
        std::memcmp(note + sizeof header, ATTN_RT_NOTE_OWNER, owner) != 0)
      continue;
    found->Data = note + sizeof header + (owner + 3) / 4 * 4;
    found->Size = header.n_descsz;
  }
  return 1;
}

Description descriptionOf(void *library) {
  link_map *map = nullptr;
  Description found;
  if (dlinfo(library, RTLD_DI_LINKMAP, &map) == 0) {
    found.Base = map->l_addr;
    dl_iterate_phdr(findNote, &found);
  }
  if (!found.Data)
    throw ToolError(tool::ExitBug, "expects a module to have a note, but got none");
  return found;
}

} // namespace

GuardedModule::GuardedModule(const std::string &path, const std::string &variant, Flush flush) {
  attn_rt_module_info file = ATTN_RT_MODULE_INFO_INIT;
  attn_rt::Module inspected = tool::openToInspect(path);
  attn_rt_module_get_info(inspected.get(), &file);
  // Without a slash, the system would search its library directories.
  Library = dlopen((path.find('/') == std::string::npos ? "./" + path : path).c_str(), RTLD_NOW | RTLD_LOCAL);
  const void *symbol = Library ? dlsym(Library, ATTN_RT_DESCRIPTOR_SYMBOL) : nullptr;
  if (!symbol)
    throw ToolError(tool::ExitRefused, std::string("expects the system to load a module, but got: ") + dlerror());
  std::memcpy(&Descriptor, symbol, sizeof Descriptor);
  Weights = std::make_unique<GuardedBlock>("the weights", size_t(file.weights_bytes), flush, kAlignment);
  if (file.weights_bytes)
    std::memcpy(Weights->data(), Descriptor.weights, Weights->size());
  Weights->makeReadOnly();
  Descriptor.weights = Weights->data();

  Description description = descriptionOf(Library);
  attn_rt_open_options options = ATTN_RT_OPEN_OPTIONS_INIT;
  options.variant = variant.empty() ? nullptr : variant.c_str();
  attn_rt_error error;
  attn_rt_status status =
      attn_rt_module_open_linked(&Descriptor, description.Data, description.Size, &options, &Module, &error);
  if (!status)
    status = attn_rt_module_function(Module, nullptr, &Function, &error);
  if (status)
    throw ToolError(tool::exitCodeOf(status), error.message);
  attn_rt_function_get_info(Function, &Info);
}

GuardedModule::~GuardedModule() {
  attn_rt_module_close(Module);
  dlclose(Library);
}
