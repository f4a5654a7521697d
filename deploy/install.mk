# install.mk: make install, uninstall, dist. The installed program is a second link of the same objects that begins in
# runtime/start/elf_start.c, which finds loader and libraries by the program's own place.
PREFIX     ?= /usr/local
SYSCONFDIR ?= /etc
UNITDIR    ?= $(PREFIX)/lib/systemd/system
DESTDIR    ?=
VERSION    := $(shell sed -n "s/.*jsd: '\([0-9][^']*\)'.*/\1/p" modules/node/process.js)
DIST_NAME  := jsd-$(VERSION)-linux-x86_64
DIST       := $(BUILD)/$(DIST_NAME).tar.xz
# When the sources are of: the archive's times, so that two of them are alike.
SOURCE_DATE_EPOCH ?= $(shell git log -1 --format=%ct 2>/dev/null || echo 0)

# No C library and no relocations yet: nothing that would call memcpy, a stack protector or a sanitizer.
START_CFLAGS := -std=c17 -D_GNU_SOURCE -O2 -g $(WARN) -fPIC -ffreestanding -fno-stack-protector \
                -fno-tree-loop-distribute-patterns -fno-omit-frame-pointer -mgeneral-regs-only
INSTALLED    := $(BUILD)/install/jsd
# It names every library of the closure itself. libnode has a RUNPATH, which takes what libnode needs out of the reach
# of the program's RPATH: a LD_LIBRARY_PATH of the machine would come first there, and give it an older libgcc or ICU.
# The same would befall an addon with a RUNPATH that was built when libpthread and its like were libraries: hence PARTS
# (0.3 ms of a start).
INSTALL_PARTS = -l:libpthread.so.0 -l:libdl.so.2 -l:librt.so.1 -l:libutil.so.1 -l:libresolv.so.2
INSTALL_NAMES = $$(deploy/closure.sh --needed $(BUILD)/jsd $(INSTALL_LIBRARIES) | cut -f 1 | grep -v '^ld-linux' | \
                  sed 's/^/-l:/')
INSTALL_LINK := $(filter-out $(ENGINE_LINK),$(LDFLAGS)) -Wl,-rpath,'$$ORIGIN/../lib/jsd' \
                -Wl,--disable-new-dtags -Wl,--allow-shlib-undefined -Wl,-e,jsd_start -Wl,--no-dynamic-linker
ifneq ($(ENGINE_LOADER),)
INSTALL_LIBRARIES := $(ENGINE_LIB)
INSTALL_LICENCES  := $(DEPS)/root/usr/share/doc
else
INSTALL_LIBRARIES := $(ENGINE_LIB) /usr/lib /lib
INSTALL_LICENCES  := /usr/share/doc
endif

.PHONY: install uninstall dist dist-test
$(BUILD)/install/elf_start.o: runtime/start/elf_start.c
	@mkdir -p $(@D)
	$(call say,CC,$<)
	$(Q)$(CC) $(START_CFLAGS) -c $< -o $@
	@test "$$(nm -u $@ | awk '{print $$2}' | sort | tr '\n' ' ')" = "__ehdr_start _start " || \
	  { nm -u $@; echo "$<: nothing but these may be asked for: __ehdr_start _start"; rm -f $@; exit 1; } >&2
INSTALL_O := $(LIB_O) $(MAIN_O) $(BUILD)/obj/blob.o $(BUILD)/install/elf_start.o
$(INSTALLED): $(INSTALL_O) $(BUILD)/jsd deploy/closure.sh
	$(call say,LINK,$@)
	$(Q)names="$(INSTALL_NAMES)" && \
	  $(CC) $(INSTALL_O) -o $@ $(INSTALL_LINK) $(LDLIBS) -Wl,--no-as-needed $$names $(INSTALL_PARTS)
$(BUILD)/install/jsd.1: $(BUILD)/jsd deploy/man/jsd.1.sh deploy/man/jsd.1.in
	$(Q)mkdir -p $(@D) && deploy/man/jsd.1.sh $< >$@
$(BUILD)/install/jsd.yaml.5: $(BUILD)/jsd deploy/man/jsd.yaml.5.sh
	$(Q)mkdir -p $(@D) && deploy/man/jsd.yaml.5.sh $< /etc/jsd/jsd.yaml >$@

INSTALL := PROGRAM=$(INSTALLED) PROGRAM_PAGE=$(BUILD)/install/jsd.1 CONFIG_PAGE=$(BUILD)/install/jsd.yaml.5 LIBRARIES="$(INSTALL_LIBRARIES)" \
           MANIFEST=$(ENGINE_MANIFEST) LICENCES=$(INSTALL_LICENCES)
INSTALL_TO := PREFIX="$(PREFIX)" SYSCONFDIR="$(SYSCONFDIR)" UNITDIR="$(UNITDIR)" DESTDIR="$(DESTDIR)"
install: $(INSTALLED) $(BUILD)/install/jsd.1 $(BUILD)/install/jsd.yaml.5  ## jsd and all that it needs; PREFIX, SYSCONFDIR, DESTDIR
	$(Q)$(INSTALL) $(INSTALL_TO) deploy/install.sh
uninstall:  ## remove what `make install` put there (same PREFIX, SYSCONFDIR, DESTDIR)
	$(Q)$(INSTALL_TO) deploy/install.sh --uninstall

dist: $(DIST)  ## one archive that runs on any Linux on x86-64: build/jsd-VERSION-linux-x86_64.tar.xz
# -T2: with one thread xz writes another stream than with several.
$(DIST): $(INSTALLED) $(BUILD)/install/jsd.1 $(BUILD)/install/jsd.yaml.5 deploy/install.sh deploy/closure.sh deploy/licences.sh \
         deploy/INSTALLED.md deploy/systemd/jsd.service conf/jsd.yaml \
         $(wildcard conf/welcome/*) $(ENGINE_MANIFEST)
	$(Q)rm -rf $(BUILD)/dist
	$(Q)$(INSTALL) PREFIX= SYSCONFDIR=/etc UNITDIR=/lib/systemd/system DESTDIR=$(BUILD)/dist/$(DIST_NAME) RELATIVE=1 \
	  deploy/install.sh
	$(Q)tar -C $(BUILD)/dist --sort=name --mtime=@$(SOURCE_DATE_EPOCH) --owner=0 --group=0 --numeric-owner \
	  --format=gnu -cf - $(DIST_NAME) | xz -T2 -6 >$@.new && mv $@.new $@
	$(call say,DIST,"$@ ($$(du -h $@ | cut -f 1))")
dist-test: $(DIST)  ## the archive in clean roots of Debian 11, 13, and one without any C library
	tests/run-dist $(DIST)
