/*
 * elf_start.c: where the installed program begins: it loads the C library's loader that lies beside it.
 *
 * jsd comes with a C library and loader of its own. A program names its loader by an absolute path (PT_INTERP), which
 * would nail it to one folder; a wrapper script, or `ld.so jsd` with LD_LIBRARY_PATH, shows in /proc/self/exe,
 * process.execPath and in every child's environment. So the installed program has no PT_INTERP: the kernel starts it
 * as if it were static, here, and this does what the kernel would have done: it maps DIR/../lib/jsd/LOADER, DIR being
 * the folder of /proc/self/exe, and jumps to it with the stack as the kernel left it. Three things are told otherwise
 * in the auxiliary vector: AT_BASE (the loader's address), AT_ENTRY (the program's own _start; glibc's loader takes a
 * program whose entry is the loader's as an argument list for itself) and AT_PHDR (a copy of the program headers with
 * the PT_PHDR and PT_INTERP that such a program lacks; the loader learns its own name and the program's address there).
 * What follows is the usual start: libraries are found by the program's DT_RPATH, $ORIGIN/../lib/jsd.
 *
 * Nothing is relocated yet and there is no C library: hidden symbols only, raw system calls, no thread pointer, no
 * tables of pointers. The Makefile checks that the object asks for nothing but the names below.
 */
#include <elf.h>
#include <fcntl.h>
#include <limits.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#ifndef __x86_64__
#error "elf_start.c knows the start of a program on x86-64 only"
#endif

#define LOADER "../lib/jsd/ld-linux-x86-64.so.2"
#define EXIT_NO_LOADER 127 /* as a shell says that a program can't be started */

enum { PAGE = 4096, MAX_HEADERS = 32 };

extern void _start(void) __attribute__((visibility("hidden")));
extern const Elf64_Ehdr __ehdr_start __attribute__((visibility("hidden")));
__attribute__((visibility("hidden"), used)) uintptr_t elf_start_load(uintptr_t *stack);

/* What the loader reads until the program ends. */
static char loader_path[PATH_MAX + sizeof LOADER];
static Elf64_Phdr headers[MAX_HEADERS];

/* The kernel's entry: rsp points to argc; rdx would be a function for atexit. */
__asm__(
    ".text\n"
    ".globl jsd_start\n"
    ".hidden jsd_start\n"
    ".type jsd_start, @function\n"
    "jsd_start:\n"
    "  .cfi_startproc\n"
    "  .cfi_undefined rip\n"
    "  endbr64\n"
    "  xor %ebp, %ebp\n"
    "  mov %rsp, %rbx\n"
    "  mov %rsp, %rdi\n"
    "  and $-16, %rsp\n"
    "  call elf_start_load\n"
    "  mov %rbx, %rsp\n"
    "  xor %edx, %edx\n"
    "  xor %ebx, %ebx\n"
    "  jmp *%rax\n"
    "  .cfi_endproc\n"
    ".size jsd_start, .-jsd_start\n");

static long call6(long number, long a, long b, long c, long d, long e, long f) {
  long result;
  register long r10 __asm__("r10") = d;
  register long r8 __asm__("r8") = e;
  register long r9 __asm__("r9") = f;
  __asm__ volatile("syscall"
                   : "=a"(result)
                   : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
                   : "rcx", "r11", "memory");
  return result;
}

static long call3(long number, long a, long b, long c) { return call6(number, a, b, c, 0, 0, 0); }

static size_t append(char *to, size_t at, size_t capacity, const char *text) {
  for (; *text != 0 && at + 1 < capacity; text++) to[at++] = *text;
  to[at] = 0;
  return at;
}

/* One line on stderr, and the end. `what` may be NULL. */
__attribute__((noreturn)) static void fail(const char *why, const char *what) {
  char line[PATH_MAX + 256];
  size_t at = append(line, 0, sizeof line - 1, "jsd: ");
  at = append(line, at, sizeof line - 1, why);
  if (what != NULL) at = append(line, at, sizeof line - 1, what);
  line[at++] = '\n';
  call3(SYS_write, 2, (long)line, (long)at);
  for (;;) call3(SYS_exit_group, EXIT_NO_LOADER, 0, 0);
}

/* Fills loader_path from the program's own path. */
static void find_loader(void) {
  long size = call3(SYS_readlink, (long)"/proc/self/exe", (long)loader_path, PATH_MAX);
  if (size <= 0) fail("can't find its own folder: /proc/self/exe can't be read (is /proc mounted?)", NULL);
  if (size >= PATH_MAX) fail("the path of the program is too long", NULL);
  while (size > 0 && loader_path[size - 1] != '/') size--;
  append(loader_path, (size_t)size, sizeof loader_path, LOADER);
}

/* With more rights than whoever started it (setuid, file capabilities) only root's loader will do. */
static void check_owner(int fd) {
  struct stat status;
  if (call3(SYS_fstat, fd, (long)&status, 0) != 0 || status.st_uid != 0 || (status.st_mode & (S_IWGRP | S_IWOTH)) != 0)
    fail("started with raised rights, and its loader is not root's alone: ", loader_path);
}

static uintptr_t page_down(uintptr_t address) { return address & ~(uintptr_t)(PAGE - 1); }
static uintptr_t page_up(uintptr_t address) { return page_down(address + PAGE - 1); }

static void map(uintptr_t at, size_t size, int protection, int flags, int fd, long offset) {
  if (size > 0 && call6(SYS_mmap, (long)at, (long)size, protection, MAP_PRIVATE | MAP_FIXED | flags, fd, offset) < 0)
    fail("no memory to load ", loader_path);
}

static void map_segment(const Elf64_Phdr *segment, uintptr_t base, int fd) {
  uintptr_t from = base + page_down(segment->p_vaddr), file_end = base + segment->p_vaddr + segment->p_filesz;
  uintptr_t end = page_up(base + segment->p_vaddr + segment->p_memsz);
  int protection = (segment->p_flags & PF_R ? PROT_READ : 0) | (segment->p_flags & PF_W ? PROT_WRITE : 0) |
                   (segment->p_flags & PF_X ? PROT_EXEC : 0);
  if (segment->p_filesz > 0) map(from, page_up(file_end) - from, protection, 0, fd, (long)page_down(segment->p_offset));
  if (segment->p_memsz == segment->p_filesz) return;
  if (segment->p_flags & PF_W) {
    for (volatile char *c = (char *)file_end; (uintptr_t)c < page_up(file_end); c++) *c = 0;
  }
  map(page_up(file_end), end - page_up(file_end), protection, MAP_ANONYMOUS, -1, 0);
}

/* Maps the loader; *base: its load address. Returns its entry point. */
static uintptr_t map_loader(int fd, uintptr_t *base) {
  Elf64_Ehdr head;
  Elf64_Phdr segments[MAX_HEADERS];
  uintptr_t low = UINTPTR_MAX, high = 0;
  if (call6(SYS_pread64, fd, (long)&head, sizeof head, 0, 0, 0) != sizeof head || head.e_ident[EI_MAG0] != ELFMAG0 ||
      head.e_ident[EI_MAG1] != ELFMAG1 || head.e_type != ET_DYN || head.e_machine != EM_X86_64 ||
      head.e_phentsize != sizeof segments[0] || head.e_phnum > MAX_HEADERS)
    fail("this is no loader: ", loader_path);
  long size = (long)sizeof segments[0] * head.e_phnum;
  if (call6(SYS_pread64, fd, (long)segments, size, (long)head.e_phoff, 0, 0) != size)
    fail("this is no loader: ", loader_path);
  for (int i = 0; i < head.e_phnum; i++) {
    if (segments[i].p_type != PT_LOAD) continue;
    if (segments[i].p_vaddr < low) low = page_down(segments[i].p_vaddr);
    if (segments[i].p_vaddr + segments[i].p_memsz > high) high = page_up(segments[i].p_vaddr + segments[i].p_memsz);
  }
  if (low >= high) fail("this is no loader: ", loader_path);
  /* One reservation, so that the segments keep their distances wherever the kernel puts them. */
  long at = call6(SYS_mmap, 0, (long)(high - low), PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (at < 0 && at > -PAGE) fail("no memory to load ", loader_path);
  *base = (uintptr_t)at - low;
  for (int i = 0; i < head.e_phnum; i++) {
    if (segments[i].p_type == PT_LOAD) map_segment(&segments[i], *base, fd);
  }
  return *base + head.e_entry;
}

/* The program headers with PT_PHDR (first, as the format wants it) and PT_INTERP. Returns their number. */
static size_t copy_headers(uintptr_t program) {
  const Elf64_Phdr *own = (const Elf64_Phdr *)(program + __ehdr_start.e_phoff);
  size_t count = 2, path_size = 0;
  while (loader_path[path_size++] != 0) {
  }
  for (int i = 0; i < __ehdr_start.e_phnum; i++) {
    if (own[i].p_type == PT_PHDR || own[i].p_type == PT_INTERP) continue;
    if (count == MAX_HEADERS) fail("the program has too many headers", NULL);
    headers[count].p_type = own[i].p_type;
    headers[count].p_flags = own[i].p_flags;
    headers[count].p_offset = own[i].p_offset;
    headers[count].p_vaddr = own[i].p_vaddr;
    headers[count].p_paddr = own[i].p_paddr;
    headers[count].p_filesz = own[i].p_filesz;
    headers[count].p_memsz = own[i].p_memsz;
    headers[count++].p_align = own[i].p_align;
  }
  headers[0].p_type = PT_PHDR;
  headers[0].p_vaddr = headers[0].p_paddr = (uintptr_t)headers - program;
  headers[0].p_filesz = headers[0].p_memsz = count * sizeof headers[0];
  headers[0].p_align = sizeof(void *);
  headers[1].p_type = PT_INTERP;
  headers[1].p_vaddr = headers[1].p_paddr = (uintptr_t)loader_path - program;
  headers[1].p_filesz = headers[1].p_memsz = path_size;
  headers[0].p_flags = headers[1].p_flags = PF_R;
  headers[1].p_align = 1;
  return count;
}

static Elf64_auxv_t *auxiliary_vector(uintptr_t *stack) {
  uintptr_t *at = stack + 1 + stack[0] + 1;
  while (*at != 0) at++;
  return (Elf64_auxv_t *)(at + 1);
}

/* `stack` is the kernel's: argc, argv, environment, auxiliary vector. Returns the loader's entry point. */
uintptr_t elf_start_load(uintptr_t *stack) {
  uintptr_t program = (uintptr_t)&__ehdr_start, base = 0;
  Elf64_auxv_t *vector = auxiliary_vector(stack);
  find_loader();
  long fd = call3(SYS_open, (long)loader_path, O_RDONLY | O_CLOEXEC, 0);
  if (fd < 0) fail("its loader can't be opened, the installation is not whole: ", loader_path);
  for (Elf64_auxv_t *entry = vector; entry->a_type != AT_NULL; entry++) {
    if (entry->a_type == AT_SECURE && entry->a_un.a_val != 0) check_owner((int)fd);
  }
  uintptr_t entry_point = map_loader((int)fd, &base);
  call3(SYS_close, fd, 0, 0);
  size_t count = copy_headers(program);
  for (Elf64_auxv_t *entry = vector; entry->a_type != AT_NULL; entry++) {
    if (entry->a_type == AT_BASE) entry->a_un.a_val = base;
    if (entry->a_type == AT_ENTRY) entry->a_un.a_val = (uintptr_t)&_start;
    if (entry->a_type == AT_PHDR) entry->a_un.a_val = (uintptr_t)headers;
    if (entry->a_type == AT_PHNUM) entry->a_un.a_val = count;
  }
  return entry_point;
}
