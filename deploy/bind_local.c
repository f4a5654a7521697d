/*
 * bind_local LIBRARY...: resolves, once and for all, those symbol references of a shared library that it satisfies
 * itself, so that the dynamic loader adds a base address where it would look a name up. Used at set-up on the engine's
 * private libraries (deploy/engine.sh); a second run finds nothing left to do.
 *
 * Why: libnode exports 15,000 symbols and refers to most of them through names; it is BIND_NOW, so each start of a
 * process looked all of them up: 5 of the 13 ms that loading all libraries took (V8 13.6, glibc 2.43).
 *
 * What stays a name: what is undefined here; thread-local and indirect (IFUNC) symbols; operator new and delete, which
 * a sanitizer or an allocator replaces in the whole process; symbols that C++ wants to be one object in all libraries
 * (STB_GNU_UNIQUE), unless they are of libnode's own namespaces. Nobody can replace the others from outside any more:
 * a program that defines one of libnode's symbols is still found first by others (addons), not by libnode.
 * Calls of a library that binds lazily stay too: they cost nothing at start, and their places in the table have numbers.
 * Copy relocations of data would break this: the Makefile's link has none against these libraries (bind_local ignores
 * libc, where they are).
 *
 * A RUNPATH becomes an RPATH, which comes before LD_LIBRARY_PATH: with libnode's RUNPATH a folder of the machine's own
 * libraries in that variable gave it an older libgcc.
 *
 * Only x86-64 and little-endian ELF64; the tables of relocations must lie side by side, as GNU ld leaves them.
 */
#include <elf.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

typedef struct library {
  unsigned char *bytes;
  size_t size;
  const Elf64_Phdr *segments;
  int segment_count;
  Elf64_Dyn *rela, *rela_size, *jmprel, *jmprel_size, *relative_count;
  bool binds_now;
  const Elf64_Sym *symbols;
  const char *names;
} library;

/* The bytes at a virtual address of the library's, or NULL. */
static void *at(const library *lib, uint64_t address) {
  for (int i = 0; i < lib->segment_count; i++) {
    const Elf64_Phdr *s = &lib->segments[i];
    if (s->p_type == PT_LOAD && address >= s->p_vaddr && address < s->p_vaddr + s->p_filesz)
      return lib->bytes + s->p_offset + (address - s->p_vaddr);
  }
  return NULL;
}

static bool starts_with(const char *text, const char *prefix) { return strncmp(text, prefix, strlen(prefix)) == 0; }

/* Of the namespaces node and v8::internal: nobody outside of libnode has a second copy. */
static bool is_libnodes_own(const char *name) {
  if (!starts_with(name, "_Z")) return false;
  name += 2;
  if (starts_with(name, "GV")) name += 2; /* guard of a static */
  if (*name == 'Z') name++;               /* a function's static */
  if (*name == 'N') name++;
  if (*name == 'K') name++;
  return starts_with(name, "4node") || starts_with(name, "2v88internal");
}

static bool is_replaceable(const char *name) {
  return starts_with(name, "_Zn") || starts_with(name, "_Zd");
}

/* Turns a reference into one relative to the base address. Returns whether it is one now. */
static bool bind_one(const library *lib, Elf64_Rela *r, size_t *bound) {
  uint32_t type = ELF64_R_TYPE(r->r_info), index = ELF64_R_SYM(r->r_info);
  if (type == R_X86_64_RELATIVE) return true;
  if (index == 0 || (type != R_X86_64_64 && type != R_X86_64_GLOB_DAT && type != R_X86_64_JUMP_SLOT)) return false;
  const Elf64_Sym *s = &lib->symbols[index];
  unsigned kind = ELF64_ST_TYPE(s->st_info), bind = ELF64_ST_BIND(s->st_info);
  const char *name = lib->names + s->st_name;
  if (s->st_shndx == SHN_UNDEF || s->st_shndx == SHN_ABS || (kind != STT_FUNC && kind != STT_OBJECT)) return false;
  if (bind == STB_GNU_UNIQUE ? !is_libnodes_own(name) : bind != STB_GLOBAL && bind != STB_WEAK) return false;
  if (is_replaceable(name)) return false;
  r->r_addend = (Elf64_Sxword)(s->st_value + (type == R_X86_64_64 ? (uint64_t)r->r_addend : 0));
  r->r_info = ELF64_R_INFO(0, R_X86_64_RELATIVE);
  (*bound)++;
  return true;
}

static int by_address(const void *a, const void *b) {
  uint64_t x = ((const Elf64_Rela *)a)->r_offset, y = ((const Elf64_Rela *)b)->r_offset;
  return x < y ? -1 : x > y;
}

/* Both tables again as one row: relative ones, other ones, then what is left of the procedure linkage table's. */
static int bind_all(library *lib, size_t *bound) {
  size_t count = lib->rela_size->d_un.d_val / sizeof(Elf64_Rela);
  size_t calls = lib->jmprel && lib->binds_now ? lib->jmprel_size->d_un.d_val / sizeof(Elf64_Rela) : 0, total = count + calls;
  if (calls > 0 && lib->jmprel->d_un.d_ptr != lib->rela->d_un.d_ptr + count * sizeof(Elf64_Rela)) return -1;
  Elf64_Rela *table = at(lib, lib->rela->d_un.d_ptr), *sorted = malloc(total * sizeof *sorted);
  if (table == NULL || sorted == NULL) return free(sorted), -1;
  size_t relative = 0, rest = 0;
  for (size_t i = 0; i < total; i++)
    if (bind_one(lib, &table[i], bound)) sorted[relative++] = table[i];
  for (size_t i = 0; i < count; i++)
    if (ELF64_R_TYPE(table[i].r_info) != R_X86_64_RELATIVE) sorted[relative + rest++] = table[i];
  for (size_t i = count, n = relative + rest; i < total; i++)
    if (ELF64_R_TYPE(table[i].r_info) != R_X86_64_RELATIVE) sorted[n++] = table[i];
  qsort(sorted, relative, sizeof *sorted, by_address);
  memcpy(table, sorted, total * sizeof *sorted);
  free(sorted);
  lib->rela_size->d_un.d_val = (relative + rest) * sizeof *table;
  lib->relative_count->d_un.d_val = relative;
  if (calls > 0) {
    lib->jmprel->d_un.d_ptr = lib->rela->d_un.d_ptr + lib->rela_size->d_un.d_val;
    lib->jmprel_size->d_un.d_val = (total - relative - rest) * sizeof *table;
  }
  return 0;
}

static bool read_dynamic(library *lib) {
  Elf64_Dyn *entry = NULL;
  for (int i = 0; i < lib->segment_count; i++)
    if (lib->segments[i].p_type == PT_DYNAMIC) entry = (Elf64_Dyn *)(lib->bytes + lib->segments[i].p_offset);
  for (; entry != NULL && entry->d_tag != DT_NULL; entry++) {
    switch (entry->d_tag) {
      case DT_RELA: lib->rela = entry; break;
      case DT_RELASZ: lib->rela_size = entry; break;
      case DT_JMPREL: lib->jmprel = entry; break;
      case DT_PLTRELSZ: lib->jmprel_size = entry; break;
      case DT_RELACOUNT: lib->relative_count = entry; break;
      case DT_FLAGS: lib->binds_now |= (entry->d_un.d_val & DF_BIND_NOW) != 0; break;
      case DT_FLAGS_1: lib->binds_now |= (entry->d_un.d_val & DF_1_NOW) != 0; break;
      case DT_RUNPATH: entry->d_tag = DT_RPATH; break;
      case DT_SYMTAB: lib->symbols = at(lib, entry->d_un.d_ptr); break;
      case DT_STRTAB: lib->names = at(lib, entry->d_un.d_ptr); break;
      default: break;
    }
  }
  return lib->rela && lib->rela_size && lib->relative_count && lib->symbols && lib->names && !lib->jmprel == !lib->jmprel_size;
}

static int process(const char *path) {
  struct stat st;
  int fd = open(path, O_RDWR | O_CLOEXEC);
  if (fd < 0 || fstat(fd, &st) != 0 || st.st_size < (off_t)sizeof(Elf64_Ehdr)) {
    perror(path);
    return 1;
  }
  library lib = {.size = (size_t)st.st_size};
  lib.bytes = mmap(NULL, lib.size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  close(fd);
  if (lib.bytes == MAP_FAILED) {
    perror(path);
    return 1;
  }
  const Elf64_Ehdr *header = (const Elf64_Ehdr *)lib.bytes;
  size_t bound = 0;
  if (memcmp(header->e_ident, ELFMAG, SELFMAG) == 0 && header->e_machine == EM_X86_64 && header->e_type == ET_DYN) {
    lib.segments = (const Elf64_Phdr *)(lib.bytes + header->e_phoff);
    lib.segment_count = header->e_phnum;
    if (read_dynamic(&lib)) bind_all(&lib, &bound); /* a library that is laid out in another way stays as it is */
  }
  munmap(lib.bytes, lib.size);
  return 0;
}

int main(int argc, char **argv) {
  int failed = 0;
  for (int i = 1; i < argc; i++) failed |= process(argv[i]);
  return failed;
}
