# The master on a simulated kernel (tests/sim/sim.h). The objects are those that jsd is linked from; what they call of the
# C library and the kernel is renamed (replaced.syms), a few functions of their own are wrapped.
SIM_CODE  := master supervisor generation generation_sockets worker_process watchdog backoff event_loop socket_table shm \
             ipc zygote worker notify address config config_schema config_value config_tls
SIM_WRAP  := supervisor_init event_loop_timer_start shm_destroy config_load zygote_spawn address_listen notify_send
# As they are: no kernel between them and the simulation.
SIM_PLAIN := server/listener_tls server/certificate server/development_certificate server/ticket_keys \
             server/http/tls_config runtime/tls_hooks runtime/code_store runtime/code_cache
SIM_SRC   := $(wildcard tests/sim/*.c)
SIM_O     := $(SIM_SRC:%.c=$(BUILD)/obj/%.o)
SIM_COUNT ?= 1000000
$(SIM_O): $(ENGINE_MANIFEST) Makefile | $(READY)
$(BUILD)/obj/tests/sim/server.o: $(SIM_CODE:%=$(BUILD)/obj/server/%.o) $(BUILD)/obj/server/http/in_flight.o tests/sim/replaced.syms
	@mkdir -p $(@D)
	$(Q)ld -r $(SIM_WRAP:%=--wrap=%) $(filter %.o,$^) -o $@
	$(Q)objcopy --redefine-syms tests/sim/replaced.syms $@
$(BUILD)/sim: $(SIM_O) $(BUILD)/obj/tests/sim/server.o $(SIM_PLAIN:%=$(BUILD)/obj/%.o)
	$(call say,LINK,$@)
	$(Q)$(CC) $^ -o $@ $(SIM_WRAP:%=-Wl,--wrap=%) $(LDFLAGS) -lyaml -lssl -lcrypto
sim: $(BUILD)/sim  ## SIM_COUNT (1000000) schedules of the master on a simulated kernel
	$(BUILD)/sim --count $(SIM_COUNT)
sim-test: $(BUILD)/sim
	$(BUILD)/sim --count 20000 --seeds tests/sim/seeds
sim-mutants:  ## whether the simulation notices a supervisor that is broken on purpose
	tests/sim/mutants.py
.PHONY: sim sim-test sim-mutants
