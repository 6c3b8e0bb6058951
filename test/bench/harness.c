/*
 * The limit guestkit measures itself against: the same machine and the same work, in plain C.
 *
 *   harness run IMAGE [INPUT]     run once; the guest's bytes on stdout, its exit code as status
 *   harness build-run SOURCE      assemble with nasm, then run
 *   harness fresh IMAGE N         N times: create a guest, run it, destroy it; microseconds as JSON
 *   harness exits IMAGE N         N times: run IMAGE, timing its exit loop alone; nanoseconds as JSON
 *   harness watch SOURCE N        print "ready"; N times: wait for a save of SOURCE, assemble, run, print
 *                                 "verdict NANOSECONDS" (CLOCK_MONOTONIC)
 *   harness reuse IMAGE N         N times: reset a guest in full, run it, compare what it prints with what it
 *                                 printed first; microseconds as JSON
 *   harness suite LIST THREADS    run the images of LIST, a path a line, each thread in a guest that it resets, and
 *                                 compare with the .golden beside each; JSON
 *   harness build-suite LIST THREADS   the same with sources, which nasm assembles
 *   harness rss COMMAND...        run a command; what it prints, then "rss KIB KiB", its peak of resident memory
 *   harness late MS N             N times: spin for MS milliseconds; how much later that is noticed, as JSON
 *
 * Link with -pthread. Status 125 says that the harness failed, 126 that the guest crashed. There is no time limit.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <linux/kvm.h>
#include <pthread.h>
#include <spawn.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { EXIT_PORT = 0x01, EXIT_PORT_QEMU = 0xF4, UART_DATA = 0x3F8, UART_LCR = 0x3FB, UART_LSR = 0x3FD };
enum { LCR_DLAB = 0x80, LSR_DATA_READY = 0x01, LSR_IDLE = 0x60 }; /* idle: THRE and TEMT */
enum { MEMORY_SIZE = 0x100000, LOW_RAM_SIZE = 0xA0000, STACK_TOP = 0xFFFC, FLAGS_RESERVED = 2 };
enum { STATUS_USAGE = 2, STATUS_FAILED = 125, STATUS_CRASHED = 126 };
enum { CRASHED = -1 };
enum { PAGE_BYTES = 4096, MAX_MSRS = 1024, MSRS_AT_A_TIME = 255, IA32_TIME_STAMP_COUNTER = 0x10 };
enum { RING_SIZE = (PAGE_BYTES - sizeof(struct kvm_coalesced_mmio_ring)) / sizeof(struct kvm_coalesced_mmio) };

struct image {
    uint8_t *bytes;
    size_t size;
};

struct msrs {
    struct kvm_msrs head;
    struct kvm_msr_entry entries[MSRS_AT_A_TIME];
};

/* What a new vCPU holds. */
struct pristine {
    struct kvm_mp_state mp_state;
    struct kvm_xcrs xcrs;
    struct kvm_xsave xsave;
    struct kvm_debugregs debugregs;
    struct kvm_sync_regs sync;
    struct msrs msrs[(MAX_MSRS + MSRS_AT_A_TIME - 1) / MSRS_AT_A_TIME];
    size_t msr_chunks;
};

struct host {
    int kvm;
    size_t run_size;
    size_t ring_offset; /* in a vCPU's mapping; 0: port writes do not coalesce here */
    struct pristine pristine;
};

struct guest {
    int vm, vcpu;
    uint8_t *memory;
    struct kvm_run *run;
    struct kvm_coalesced_mmio_ring *ring; /* NULL: nothing coalesces */
    uint64_t exits;
    uint8_t lcr;
    const uint8_t *input; /* what the serial port has still to receive */
    size_t input_left;
    int output_fd; /* -1: output is kept */
    size_t output_size, output_room;
    uint8_t *output;
};

static void fail(const char *what)
{
    fprintf(stderr, "harness: %s: %s\n", what, strerror(errno));
    exit(STATUS_FAILED);
}

static void fail_because(const char *what, const char *why)
{
    fprintf(stderr, "harness: %s: %s\n", what, why);
    exit(STATUS_FAILED);
}

/* Any ioctl of KVM may be interrupted by a signal, KVM_CREATE_VM too. */
static int kvm_ioctl(int fd, unsigned long request, void *argument, const char *name)
{
    int result;
    do {
        result = ioctl(fd, request, argument);
    } while (result < 0 && errno == EINTR);
    if (result < 0) fail(name);
    return result;
}
#define KVM(fd, request, argument) kvm_ioctl(fd, request, (void *)(argument), #request)

static uint64_t now_ns(void)
{
    struct timespec t;
    if (clock_gettime(CLOCK_MONOTONIC, &t) < 0) fail("clock_gettime");
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static void write_all(int fd, const uint8_t *bytes, size_t size)
{
    while (size > 0) {
        ssize_t n = write(fd, bytes, size);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) fail("write");
        bytes += n;
        size -= (size_t)n;
    }
}

static struct image read_image(const char *path)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    struct stat status;
    if (fd < 0 || fstat(fd, &status) < 0) fail(path);
    if (status.st_size > LOW_RAM_SIZE) fail_because(path, "does not fit into low memory");
    struct image image = {malloc((size_t)status.st_size + 1), 0};
    if (image.bytes == NULL) fail("malloc");
    for (;;) {
        ssize_t n = read(fd, image.bytes + image.size, (size_t)status.st_size - image.size);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) fail(path);
        if (n == 0) break;
        image.size += (size_t)n;
    }
    if (close(fd) < 0) fail(path);
    return image;
}

static void open_host(struct host *host)
{
    host->kvm = open("/dev/kvm", O_RDWR | O_CLOEXEC);
    if (host->kvm < 0) fail("/dev/kvm");
    if (KVM(host->kvm, KVM_GET_API_VERSION, 0) != KVM_API_VERSION)
        fail_because("/dev/kvm", "another API version");
    host->run_size = (size_t)KVM(host->kvm, KVM_GET_VCPU_MMAP_SIZE, 0);
    host->ring_offset = 0;
    if (KVM(host->kvm, KVM_CHECK_EXTENSION, KVM_CAP_COALESCED_PIO) > 0)
        host->ring_offset = PAGE_BYTES * (size_t)KVM(host->kvm, KVM_CHECK_EXTENSION, KVM_CAP_COALESCED_MMIO);
}

/* KVM refuses EFER.LME to a guest whose CPUID has no long mode, and a reset of IA32_TSC_ADJUST to the host of one
   without that. Leaf 1 would cost 90 us on PVM hosts. */
static void set_cpuid(int vcpu)
{
    enum { LEAVES = 3 };
    static const struct kvm_cpuid_entry2 leaves[LEAVES] = {
        {.function = 7, .flags = KVM_CPUID_FLAG_SIGNIFCANT_INDEX, .ebx = 1u << 1}, /* TSC_ADJUST */
        {.function = 0x80000000, .eax = 0x80000001},     /* the highest extended leaf */
        {.function = 0x80000001, .edx = 1u << 11 | 1u << 20 | 1u << 29}}; /* SYSCALL, NX, LM */
    struct { struct kvm_cpuid2 head; struct kvm_cpuid_entry2 entries[LEAVES]; } table = {.head.nent = LEAVES};
    memcpy(table.entries, leaves, sizeof leaves);
    KVM(vcpu, KVM_SET_CPUID2, &table);
}

static void power_on(struct guest *guest)
{
    guest->exits = 0;
    guest->lcr = 0;
    guest->input = NULL;
    guest->input_left = 0;
    guest->output_size = 0;
}

/* Memory, its three slots and a vCPU in the boot state: segments 0, IP 0, SP 0xFFFC, FLAGS 2. */
static void create_guest(struct guest *guest, const struct host *host, const struct image *image)
{
    static const struct { uint32_t address, size; } slots[] = {
        {0, LOW_RAM_SIZE}, {0xB8000, 0x8000}, {0xF0000, 0x10000}};

    guest->vm = KVM(host->kvm, KVM_CREATE_VM, 0);
    guest->memory = mmap(NULL, MEMORY_SIZE, PROT_READ | PROT_WRITE,
                         MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (guest->memory == MAP_FAILED) fail("mmap of guest memory");
    for (uint32_t i = 0; i < sizeof slots / sizeof slots[0]; i++) {
        struct kvm_userspace_memory_region region = {
            .slot = i, .guest_phys_addr = slots[i].address, .memory_size = slots[i].size,
            .userspace_addr = (uintptr_t)guest->memory + slots[i].address};
        KVM(guest->vm, KVM_SET_USER_MEMORY_REGION, &region);
    }
    memcpy(guest->memory, image->bytes, image->size);

    guest->vcpu = KVM(guest->vm, KVM_CREATE_VCPU, 0);
    guest->run = mmap(NULL, host->run_size, PROT_READ | PROT_WRITE, MAP_SHARED, guest->vcpu, 0);
    if (guest->run == MAP_FAILED) fail("mmap of kvm_run");

    set_cpuid(guest->vcpu);
    struct kvm_sregs sregs;
    KVM(guest->vcpu, KVM_GET_SREGS, &sregs);
    struct kvm_segment *segments[] = {&sregs.cs, &sregs.ds, &sregs.es, &sregs.fs, &sregs.gs, &sregs.ss};
    for (size_t i = 0; i < sizeof segments / sizeof segments[0]; i++) {
        segments[i]->selector = 0;
        segments[i]->base = 0;
        segments[i]->limit = 0xFFFF;
    }
    KVM(guest->vcpu, KVM_SET_SREGS, &sregs);
    struct kvm_regs regs = {.rip = 0, .rsp = STACK_TOP, .rflags = FLAGS_RESERVED};
    KVM(guest->vcpu, KVM_SET_REGS, &regs);

    guest->ring = NULL;
    guest->output_fd = -1;
    guest->output = NULL;
    guest->output_room = 0;
    power_on(guest);
}

static void destroy_guest(const struct guest *guest, const struct host *host)
{
    if (munmap(guest->run, host->run_size) < 0) fail("munmap of kvm_run");
    if (close(guest->vcpu) < 0) fail("close of the vCPU");
    if (close(guest->vm) < 0) fail("close of the VM");
    if (munmap(guest->memory, MEMORY_SIZE) < 0) fail("munmap of guest memory");
    free(guest->output);
}

static void flush_output(struct guest *guest)
{
    if (guest->output_fd < 0) return;
    write_all(guest->output_fd, guest->output, guest->output_size);
    guest->output_size = 0;
}

static void grow_output(struct guest *guest)
{
    guest->output_room = guest->output_room == 0 ? 4096 : guest->output_room * 2;
    guest->output = realloc(guest->output, guest->output_room);
    if (guest->output == NULL) fail("realloc");
}

static uint8_t port_in(struct guest *guest, uint16_t port)
{
    if (port == UART_LSR) return guest->input_left > 0 ? LSR_IDLE | LSR_DATA_READY : LSR_IDLE;
    if (port == UART_DATA && guest->input_left > 0) {
        guest->input_left--;
        return *guest->input++;
    }
    return 0xFF;
}

/* True when the write ends the guest. */
static int port_out(struct guest *guest, uint16_t port, uint8_t value)
{
    if (port == UART_DATA && !(guest->lcr & LCR_DLAB)) {
        if (guest->output_size == guest->output_room) flush_output(guest);
        if (guest->output_size == guest->output_room) grow_output(guest);
        guest->output[guest->output_size++] = value;
    } else if (port == UART_LCR) {
        guest->lcr = value;
    }
    return port == EXIT_PORT || port == EXIT_PORT_QEMU;
}

/* One exit holds `count` accesses of `size` bytes; a chip of this machine sees the first byte of each. */
static int handle_io(struct guest *guest, int *code)
{
    struct kvm_run *run = guest->run;
    uint8_t *data = (uint8_t *)run + run->io.data_offset;
    for (uint32_t i = 0; i < run->io.count; i++, data += run->io.size) {
        if (run->io.direction == KVM_EXIT_IO_IN) {
            memset(data, 0xFF, run->io.size);
            data[0] = port_in(guest, run->io.port);
        } else if (port_out(guest, run->io.port, data[0])) {
            *code = data[0];
            return 1;
        }
    }
    return 0;
}

/* What KVM collected of the UART's data port: it came before the exit. */
static void drain_ring(struct guest *guest)
{
    struct kvm_coalesced_mmio_ring *ring = guest->ring;
    if (ring == NULL) return;
    while (ring->first != ring->last) {
        const struct kvm_coalesced_mmio *entry = &ring->coalesced_mmio[ring->first];
        port_out(guest, (uint16_t)entry->phys_addr, entry->data[0]);
        ring->first = (ring->first + 1) % RING_SIZE;
    }
}

/* Runs to the end and returns the exit code, 0 after HLT, or CRASHED. */
static int run_guest(struct guest *guest)
{
    struct kvm_run *run = guest->run;
    int code = 0;
    for (;;) {
        if (ioctl(guest->vcpu, KVM_RUN, 0) < 0) {
            if (errno == EINTR) continue;
            fail("KVM_RUN");
        }
        guest->exits++;
        drain_ring(guest);
        switch (run->exit_reason) {
        case KVM_EXIT_IO:
            if (handle_io(guest, &code)) return code;
            break;
        case KVM_EXIT_MMIO:
            if (!run->mmio.is_write) memset(run->mmio.data, 0xFF, sizeof run->mmio.data);
            break;
        case KVM_EXIT_HLT:
            return 0;
        default:
            fprintf(stderr, "harness: the guest crashed: exit reason %u\n", run->exit_reason);
            if (run->exit_reason == KVM_EXIT_INTERNAL_ERROR)
                fprintf(stderr, "harness: internal error, suberror %u\n", run->internal.suberror);
            return CRASHED;
        }
    }
}

static int run_once(const struct host *host, const struct image *image, const char *input, int output_fd)
{
    struct guest guest;
    create_guest(&guest, host, image);
    guest.input = (const uint8_t *)input;
    guest.input_left = strlen(input);
    guest.output_fd = output_fd;
    int code = run_guest(&guest);
    flush_output(&guest);
    destroy_guest(&guest, host);
    return code == CRASHED ? STATUS_CRASHED : code;
}

/* Includes are found beside the source, as guestkit finds them. False when nasm refused it. */
static int build(char *source, struct image *image)
{
    extern char **environ;
    char output[] = "/tmp/harness-XXXXXX";
    char *copy = strdup(source), *include = NULL;
    int fd = mkstemp(output);
    if (copy == NULL || fd < 0 || close(fd) < 0) fail("a temporary file for nasm");
    if (asprintf(&include, "%s/", dirname(copy)) < 0) fail("asprintf");

    char *argv[] = {"nasm", "-f", "bin", "-I", include, "-o", output, source, NULL};
    pid_t pid;
    int status;
    int error = posix_spawnp(&pid, argv[0], NULL, NULL, argv, environ);
    if (error != 0) {
        unlink(output);
        errno = error;
        fail("nasm");
    }
    while (waitpid(pid, &status, 0) < 0)
        if (errno != EINTR) fail("waitpid");
    int good = WIFEXITED(status) && WEXITSTATUS(status) == 0;
    if (good) *image = read_image(output);
    if (unlink(output) < 0 && errno != ENOENT) fail(output); /* nasm removes it when it fails */
    free(include);
    free(copy);
    return good;
}

static int compare(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

static void print_statistics(uint64_t *samples, size_t n, double unit)
{
    qsort(samples, n, sizeof *samples, compare);
    printf("[%.2f, %.2f, %.2f]}\n", (double)samples[n / 2] / unit, (double)samples[0] / unit,
           (double)samples[n * 9 / 10] / unit);
}

/* An anchor, a VM with a vCPU held open, makes creating and closing the next ones much cheaper. */
static int bench(const struct host *host, const struct image *image, size_t n, int whole)
{
    struct guest anchor, guest;
    uint64_t *samples = calloc(n, sizeof *samples);
    uint64_t exits = 0;
    if (samples == NULL) fail("calloc");
    create_guest(&anchor, host, image);
    for (size_t i = 0; i < n; i++) {
        uint64_t created = now_ns();
        create_guest(&guest, host, image);
        uint64_t started = now_ns();
        if (run_guest(&guest) == CRASHED) exit(STATUS_CRASHED);
        uint64_t ended = now_ns();
        destroy_guest(&guest, host);
        exits = guest.exits;
        samples[i] = whole ? now_ns() - created : (ended - started) * 1000 / exits;
    }
    destroy_guest(&anchor, host);
    printf("{\"mode\":\"%s\",\"n\":%zu,\"exits\":%llu,\"%s\":", whole ? "fresh" : "exits", n,
           (unsigned long long)exits, whole ? "us" : "ns");
    print_statistics(samples, n, 1000);
    free(samples);
    return 0;
}

/* Of the entries, those that `request` takes; it stops at each that it refuses. */
static size_t accepted_msrs(int vcpu, unsigned long request, struct kvm_msr_entry *entries, size_t count)
{
    struct msrs chunk;
    size_t good = 0;
    for (size_t at = 0; at < count;) {
        size_t n = count - at < MSRS_AT_A_TIME ? count - at : MSRS_AT_A_TIME;
        chunk.head.nmsrs = (uint32_t)n;
        memcpy(chunk.entries, entries + at, n * sizeof *entries);
        size_t taken = (size_t)kvm_ioctl(vcpu, request, &chunk, "KVM_GET_MSRS or KVM_SET_MSRS");
        memmove(entries + good, chunk.entries, taken * sizeof *entries);
        good += taken;
        at += taken < n ? taken + 1 : n;
    }
    return good;
}

/* The MSRs of KVM_GET_MSR_INDEX_LIST and those that it leaves out: MTRRs, machine check banks, KVM's own. */
static void take_msrs(const struct host *host, int vcpu, struct pristine *pristine)
{
    static const struct { uint32_t first, count; } unlisted[] = {
        {0x200, 16}, {0x250, 1}, {0x258, 2}, {0x268, 8}, {0x2FF, 1}, {0x400, 128}, {0xC0011029, 1}, {0x4B564D00, 32}};
    struct { struct kvm_msr_list head; uint32_t indices[MAX_MSRS]; } list = {.head.nmsrs = MAX_MSRS};
    struct kvm_msr_entry entries[MAX_MSRS] = {{0}};
    size_t count = 0;
    KVM(host->kvm, KVM_GET_MSR_INDEX_LIST, &list);
    for (size_t i = 0; i < list.head.nmsrs; i++) entries[count++].index = list.indices[i];
    for (size_t i = 0; i < sizeof unlisted / sizeof unlisted[0]; i++) {
        for (uint32_t index = unlisted[i].first; index < unlisted[i].first + unlisted[i].count; index++) {
            int listed = 0;
            for (size_t j = 0; j < list.head.nmsrs; j++) listed |= list.indices[j] == index;
            if (!listed && count < MAX_MSRS) entries[count++].index = index;
        }
    }
    count = accepted_msrs(vcpu, KVM_GET_MSRS, entries, count);
    for (size_t i = 0; i < count; i++)
        if (entries[i].index == IA32_TIME_STAMP_COUNTER) entries[i].data = 0; /* the VM's own count */
    count = accepted_msrs(vcpu, KVM_SET_MSRS, entries, count);
    pristine->msr_chunks = 0;
    for (size_t at = 0; at < count; at += MSRS_AT_A_TIME) {
        struct msrs *chunk = &pristine->msrs[pristine->msr_chunks++];
        size_t n = count - at < MSRS_AT_A_TIME ? count - at : MSRS_AT_A_TIME;
        chunk->head.nmsrs = (uint32_t)n;
        memcpy(chunk->entries, entries + at, n * sizeof *entries);
    }
}

static void take_pristine(struct host *host)
{
    static const struct image nothing = {(uint8_t *)"", 0};
    struct pristine *pristine = &host->pristine;
    struct guest guest;
    create_guest(&guest, host, &nothing);
    KVM(guest.vcpu, KVM_GET_MP_STATE, &pristine->mp_state);
    KVM(guest.vcpu, KVM_GET_XCRS, &pristine->xcrs);
    KVM(guest.vcpu, KVM_GET_XSAVE, &pristine->xsave);
    KVM(guest.vcpu, KVM_GET_DEBUGREGS, &pristine->debugregs);
    KVM(guest.vcpu, KVM_GET_VCPU_EVENTS, &pristine->sync.events);
    KVM(guest.vcpu, KVM_GET_SREGS, &pristine->sync.sregs);
    KVM(guest.vcpu, KVM_GET_REGS, &pristine->sync.regs);
    take_msrs(host, guest.vcpu, pristine);
    destroy_guest(&guest, host);
}

static void coalesce_serial(struct guest *guest, const struct host *host)
{
    struct kvm_coalesced_mmio_zone zone = {.addr = UART_DATA, .size = 1, .pio = 1};
    if (host->ring_offset == 0) return;
    KVM(guest->vm, KVM_REGISTER_COALESCED_MMIO, &zone);
    guest->ring = (struct kvm_coalesced_mmio_ring *)((uint8_t *)guest->run + host->ring_offset);
}

/* Everything that a guest can have changed is again what it is in a new one; then the next image. */
static void reset_guest(struct guest *guest, const struct host *host, const struct image *image)
{
    const struct pristine *pristine = &host->pristine;
    struct kvm_run *run = guest->run;
    if (run->exit_reason == KVM_EXIT_IO || run->exit_reason == KVM_EXIT_MMIO) {
        /* What is pending would be finished by the next guest's first KVM_RUN. */
        run->immediate_exit = 1;
        if (ioctl(guest->vcpu, KVM_RUN, 0) == 0) fail_because("KVM_RUN", "does not finish the pending I/O");
        run->immediate_exit = 0;
    }
    KVM(guest->vcpu, KVM_SET_MP_STATE, &pristine->mp_state);
    KVM(guest->vcpu, KVM_SET_XCRS, &pristine->xcrs);
    KVM(guest->vcpu, KVM_SET_XSAVE, &pristine->xsave);
    KVM(guest->vcpu, KVM_SET_DEBUGREGS, &pristine->debugregs);
    for (size_t i = 0; i < pristine->msr_chunks; i++) {
        const struct msrs *msrs = &pristine->msrs[i];
        if ((uint32_t)KVM(guest->vcpu, KVM_SET_MSRS, msrs) != msrs->head.nmsrs)
            fail_because("KVM_SET_MSRS", "not all of them");
    }
    run->s.regs = pristine->sync;
    run->cr8 = pristine->sync.sregs.cr8;
    run->kvm_dirty_regs = KVM_SYNC_X86_REGS | KVM_SYNC_X86_SREGS | KVM_SYNC_X86_EVENTS;
    if (guest->ring != NULL) guest->ring->first = guest->ring->last = 0;
    memset(guest->memory, 0, LOW_RAM_SIZE);
    memset(guest->memory + 0xB8000, 0, 0x8000);
    memset(guest->memory + 0xF0000, 0, 0x10000);
    memcpy(guest->memory, image->bytes, image->size);
    power_on(guest);
}

static int reuse(struct host *host, const struct image *image, size_t n)
{
    struct guest guest;
    uint64_t *samples = calloc(n, sizeof *samples);
    if (samples == NULL) fail("calloc");
    take_pristine(host);
    create_guest(&guest, host, image);
    coalesce_serial(&guest, host);
    if (run_guest(&guest) == CRASHED) exit(STATUS_CRASHED);
    size_t size = guest.output_size;
    uint8_t *expected = malloc(size + 1);
    if (expected == NULL) fail("malloc");
    memcpy(expected, guest.output, size);
    for (size_t i = 0; i < n; i++) {
        uint64_t started = now_ns();
        reset_guest(&guest, host, image);
        if (run_guest(&guest) == CRASHED) exit(STATUS_CRASHED);
        if (guest.output_size != size || memcmp(guest.output, expected, size) != 0)
            fail_because("reuse", "the guest printed something else");
        samples[i] = now_ns() - started;
    }
    printf("{\"mode\":\"reuse\",\"n\":%zu,\"exits\":%llu,\"us\":", n, (unsigned long long)guest.exits);
    print_statistics(samples, n, 1000);
    destroy_guest(&guest, host);
    free(expected);
    free(samples);
    return 0;
}

struct suite {
    const struct host *host;
    int build;
    char **paths;
    size_t count;
    atomic_size_t next, failed;
};

/* The file beside `path` whose ending is .golden. */
static struct image read_golden(const char *path)
{
    const char *dot = strrchr(path, '.');
    char *name = NULL;
    if (dot == NULL) fail_because(path, "has no ending");
    if (asprintf(&name, "%.*s.golden", (int)(dot - path), path) < 0) fail("asprintf");
    struct image golden = read_image(name);
    free(name);
    return golden;
}

/* One after the other in one guest, which is made anew only after a crash. */
static void *suite_thread(void *argument)
{
    struct suite *suite = argument;
    struct guest guest;
    int alive = 0;
    for (;;) {
        size_t i = atomic_fetch_add(&suite->next, 1);
        if (i >= suite->count) break;
        struct image image;
        if (!suite->build) {
            image = read_image(suite->paths[i]);
        } else if (!build(suite->paths[i], &image)) {
            atomic_fetch_add(&suite->failed, 1);
            continue;
        }
        if (alive) {
            reset_guest(&guest, suite->host, &image);
        } else {
            create_guest(&guest, suite->host, &image);
            coalesce_serial(&guest, suite->host);
            alive = 1;
        }
        int crashed = run_guest(&guest) == CRASHED;
        struct image golden = read_golden(suite->paths[i]);
        if (crashed || guest.output_size != golden.size || memcmp(guest.output, golden.bytes, golden.size) != 0)
            atomic_fetch_add(&suite->failed, 1);
        if (crashed) {
            destroy_guest(&guest, suite->host);
            alive = 0;
        }
        free(golden.bytes);
        free(image.bytes);
    }
    if (alive) destroy_guest(&guest, suite->host);
    return NULL;
}

static int run_suite(struct host *host, const char *list, size_t threads, int builds)
{
    enum { MAX_THREADS = 64 };
    struct suite suite = {.host = host, .build = builds};
    pthread_t ids[MAX_THREADS];
    char *line = NULL;
    size_t room = 0;
    ssize_t length;
    FILE *file = fopen(list, "re");
    if (file == NULL) fail(list);
    if (threads > MAX_THREADS) fail_because("threads", "too many");
    while ((length = getline(&line, &room, file)) > 0) {
        if (line[length - 1] == '\n') line[length - 1] = '\0';
        suite.paths = realloc(suite.paths, (suite.count + 1) * sizeof *suite.paths);
        if (suite.paths == NULL) fail("realloc");
        suite.paths[suite.count++] = line;
        line = NULL;
    }
    if (fclose(file) != 0) fail(list);
    take_pristine(host);
    for (size_t i = 0; i < threads; i++)
        if ((errno = pthread_create(&ids[i], NULL, suite_thread, &suite)) != 0) fail("pthread_create");
    for (size_t i = 0; i < threads; i++)
        if ((errno = pthread_join(ids[i], NULL)) != 0) fail("pthread_join");
    printf("{\"guests\":%zu,\"failed\":%zu}\n", suite.count, (size_t)suite.failed);
    return suite.failed == 0 ? 0 : 1;
}

/* Waits until `name` was written and closed, or renamed into place. Saves waiting together count as one. */
static void wait_for_save(int notify, const char *name)
{
    _Alignas(struct inotify_event) char buffer[16 * (sizeof(struct inotify_event) + 256)];
    for (int saved = 0; !saved;) {
        ssize_t size = read(notify, buffer, sizeof buffer);
        if (size < 0 && errno == EINTR) continue;
        if (size <= 0) fail("read of inotify");
        for (char *at = buffer; at < buffer + size;) {
            const struct inotify_event *event = (const struct inotify_event *)at;
            if (event->len > 0 && strcmp(event->name, name) == 0) saved = 1;
            at += sizeof *event + event->len;
        }
    }
}

/* The watched folder is the source's, since a save by rename would be lost on the file alone. */
static int watch(const struct host *host, char *source, size_t n)
{
    struct guest anchor;
    const struct image nothing = {(uint8_t *)"", 0};
    char *folder = strdup(source), *copy = strdup(source);
    int notify = inotify_init1(IN_CLOEXEC);
    if (folder == NULL || copy == NULL || notify < 0) fail("inotify");
    if (inotify_add_watch(notify, dirname(folder), IN_CLOSE_WRITE | IN_MOVED_TO) < 0) fail(folder);
    const char *name = basename(copy);
    create_guest(&anchor, host, &nothing);
    if (setvbuf(stdout, NULL, _IONBF, 0) != 0) fail("setvbuf");
    printf("ready\n");
    for (size_t i = 0; i < n; i++) {
        struct image image;
        wait_for_save(notify, name);
        if (build(source, &image)) {
            run_once(host, &image, "", -1);
            free(image.bytes);
        }
        printf("verdict %llu\n", (unsigned long long)now_ns());
    }
    destroy_guest(&anchor, host);
    free(folder);
    free(copy);
    return close(notify) < 0 ? STATUS_FAILED : 0;
}

static size_t positive(const char *text)
{
    char *end;
    unsigned long n = strtoul(text, &end, 10);
    if (*text < '1' || *text > '9' || *end != '\0' || n > 1000000)
        fail_because(text, "not a number from 1 to 1000000");
    return n;
}

/* What the machine itself adds to any deadline: a loop that does nothing but look at the clock. */
static int late(size_t ms, size_t n)
{
    uint64_t *samples = calloc(n, sizeof *samples);
    if (samples == NULL) fail("calloc");
    uint64_t worst = 0;
    for (size_t i = 0; i < n; i++) {
        uint64_t deadline = now_ns() + ms * 1000000, now;
        while ((now = now_ns()) < deadline)
            continue;
        samples[i] = now - deadline;
        if (samples[i] > worst) worst = samples[i];
    }
    printf("{\"mode\":\"late\",\"n\":%zu,\"worst\":%.2f,\"us\":", n, (double)worst / 1000);
    print_statistics(samples, n, 1000);
    free(samples);
    return 0;
}

/* The peak of a command's resident memory, and its status. */
static int rss(char **command)
{
    extern char **environ;
    struct rusage usage;
    pid_t pid;
    int status;
    if ((errno = posix_spawnp(&pid, command[0], NULL, NULL, command, environ)) != 0) fail(command[0]);
    while (wait4(pid, &status, 0, &usage) < 0)
        if (errno != EINTR) fail("wait4");
    printf("rss %ld KiB\n", usage.ru_maxrss);
    return WIFEXITED(status) ? WEXITSTATUS(status) : STATUS_FAILED;
}

int main(int argc, char **argv)
{
    if (argc > 2 && strcmp(argv[1], "rss") == 0) return rss(argv + 2);
    const char *mode = argc > 1 ? argv[1] : "";
    int is_run = strcmp(mode, "run") == 0, is_build_run = strcmp(mode, "build-run") == 0;
    int is_fresh = strcmp(mode, "fresh") == 0, is_exits = strcmp(mode, "exits") == 0;
    int is_watch = strcmp(mode, "watch") == 0, is_late = strcmp(mode, "late") == 0;
    int is_reuse = strcmp(mode, "reuse") == 0;
    int is_suite = strcmp(mode, "suite") == 0, is_build_suite = strcmp(mode, "build-suite") == 0;
    int arguments_right = is_run ? argc == 3 || argc == 4 : is_build_run ? argc == 3 : argc == 4;
    if (!arguments_right || !(is_run || is_build_run || is_fresh || is_exits || is_watch || is_late || is_reuse
                             || is_suite || is_build_suite)) {
        fprintf(stderr, "usage: harness run IMAGE [INPUT] | build-run SOURCE | fresh IMAGE N | exits IMAGE N"
                        " | reuse IMAGE N | suite LIST THREADS | build-suite LIST THREADS"
                        " | watch SOURCE N | late MS N | rss COMMAND...\n");
        return STATUS_USAGE;
    }

    if (is_late) return late(positive(argv[2]), positive(argv[3]));
    struct host host;
    open_host(&host);
    if (is_suite || is_build_suite) return run_suite(&host, argv[2], positive(argv[3]), is_build_suite);
    if (is_watch) return watch(&host, argv[2], positive(argv[3]));
    struct image image;
    if (!is_build_run)
        image = read_image(argv[2]);
    else if (!build(argv[2], &image))
        return STATUS_FAILED;
    int status = is_reuse ? reuse(&host, &image, positive(argv[3])) : is_fresh || is_exits ? bench(&host, &image, positive(argv[3]), is_fresh)
                                      : run_once(&host, &image, argc == 4 ? argv[3] : "", STDOUT_FILENO);
    free(image.bytes);
    if (close(host.kvm) < 0) fail("close of /dev/kvm");
    return status;
}
