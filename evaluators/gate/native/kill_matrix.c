/* Calls versions of one function on cases and says which case shows that a version is not the first one.
 *
 * The ordinary driver calls it, in a box, as
 *     int gate_matrix(const char *work, int *out)
 * work: u32 first (1: a version's first difference is enough), for each version u32 (1: it is to be run), u32 cases, then
 *     for each case and parameter: u32 kind (0 scalar: u32 value; 1 memory, 2 observed memory: u32 bytes allocated, u32
 *     bytes of content, the content padded to four bytes).
 * out: a row of ints for each version: its state, then a bit for each case (1: it differs there).
 *
 * Nobody here is a candidate: all versions are mutants of a reference, so that the reference may be among them. A version
 * that crashes or does not come back is caught and differs in that case; one that exits ends the box, and then it is given
 * a box of its own by whoever asked. With sanitizers the first report ends the process, and the last words on stderr name
 * the version and the case.
 */
#include <setjmp.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <unistd.h>

enum { GATE_FINE, GATE_DIFFERS, GATE_CRASHES, GATE_HANGS };
enum { GATE_GAP = 1024, GATE_GUARD = 1 << 20, GATE_TICK = 4000 }; /* bytes, bytes, microseconds */

struct gate_argument {
    uint32_t kind, value, allocated, content;
    const uint8_t *data;
    void *pointer;
    int is_string;
};

/* GENERATED */

static sigjmp_buf gate_home;
static volatile int gate_ticks, gate_calling;
static int gate_version, gate_case;
static uint8_t *gate_memory;
static size_t gate_memory_bytes;

static void gate_signal(int number) {
    if (number == SIGVTALRM) {
        if (!gate_calling || ++gate_ticks < GATE_TICKS) return;
        siglongjmp(gate_home, GATE_HANGS);
    }
    if (gate_calling) siglongjmp(gate_home, GATE_CRASHES);
    signal(number, SIG_DFL);
    raise(number);
}

static void gate_catch(void) {
    static uint8_t stack[1 << 16];
    stack_t other = {.ss_sp = stack, .ss_size = sizeof stack};
    sigaltstack(&other, NULL);
    struct sigaction action = {.sa_handler = gate_signal, .sa_flags = SA_NODEFER | SA_ONSTACK};
    static const int crashes[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT};
    if (!GATE_SANITIZED)
        for (size_t i = 0; i < sizeof crashes / sizeof *crashes; i++) sigaction(crashes[i], &action, NULL);
    sigaction(SIGVTALRM, &action, NULL);
    struct itimerval timer = {{0, GATE_TICK}, {0, GATE_TICK}};
    setitimer(ITIMER_VIRTUAL, &timer, NULL);
}

static uint32_t gate_word(const uint8_t **at) {
    uint32_t word;
    memcpy(&word, *at, sizeof word);
    *at += sizeof word;
    return word;
}

static const uint8_t *gate_read(const uint8_t *at, struct gate_argument *a) {
    for (int i = 0; i < GATE_PARAMETERS; i++) {
        a[i].kind = gate_word(&at);
        if (a[i].kind == 0) {
            a[i].value = gate_word(&at);
            continue;
        }
        a[i].allocated = gate_word(&at);
        a[i].content = gate_word(&at);
        a[i].data = at;
        a[i].is_string = GATE_STRINGS >> i & 1;
        at += (a[i].content + 3u) & ~3u;
    }
    return at;
}

/* Memory with room on both sides, and behind that pages that nobody may touch. */
static size_t gate_need(const struct gate_argument *a) {
    size_t need = GATE_GAP;
    for (int i = 0; i < GATE_PARAMETERS; i++)
        if (a[i].kind) need += ((a[i].allocated + 15u) & ~15u) + GATE_GAP;
    return need;
}

static void gate_reserve(size_t bytes) {
    gate_memory_bytes = (bytes + 4095) & ~(size_t)4095;
    uint8_t *all = mmap(NULL, gate_memory_bytes + 2 * GATE_GUARD, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (all == MAP_FAILED || mprotect(all + GATE_GUARD, gate_memory_bytes, PROT_READ | PROT_WRITE)) _exit(91);
    gate_memory = all + GATE_GUARD;
}

static void gate_place(struct gate_argument *a) {
    size_t at = GATE_GAP;
    if (!GATE_SANITIZED) memset(gate_memory, 0, gate_memory_bytes);
    for (int i = 0; i < GATE_PARAMETERS; i++) {
        if (!a[i].kind) continue;
        if (GATE_SANITIZED) {
            a[i].pointer = malloc(a[i].allocated);
            if (!a[i].pointer) _exit(92);
            memset(a[i].pointer, 0, a[i].allocated);
        } else {
            a[i].pointer = gate_memory + at;
            at += ((a[i].allocated + 15u) & ~15u) + GATE_GAP;
        }
        memcpy(a[i].pointer, a[i].data, a[i].content);
    }
}

static void gate_release(const struct gate_argument *a) {
    for (int i = 0; GATE_SANITIZED && i < GATE_PARAMETERS; i++)
        if (a[i].kind) free(a[i].pointer);
}

/* 0, or how the call ended. */
static int gate_run(int version, const struct gate_argument *a, uint32_t *returned) {
    int ended = sigsetjmp(gate_home, 0);
    if (!ended) {
        gate_ticks = 0;
        gate_calling = 1;
        *returned = gate_call(version, a);
    }
    gate_calling = 0;
    return ended;
}

static size_t gate_visible(const struct gate_argument *a, const uint8_t *memory) {
    const uint8_t *nul = a->is_string ? memchr(memory, 0, a->allocated) : NULL;
    return nul ? (size_t)(nul - memory) + 1 : a->allocated;
}

static int gate_same(const struct gate_argument *a, const uint8_t *expected) {
    for (int i = 0; i < GATE_PARAMETERS; i++) {
        if (a[i].kind != 2) continue;
        size_t n = gate_visible(&a[i], expected);
        if (n != gate_visible(&a[i], a[i].pointer) || memcmp(expected, a[i].pointer, n)) return 0;
        expected += a[i].allocated;
    }
    return 1;
}

static void gate_keep(const struct gate_argument *a, uint8_t *expected) {
    for (int i = 0; i < GATE_PARAMETERS; i++) {
        if (a[i].kind != 2) continue;
        memcpy(expected, a[i].pointer, a[i].allocated);
        expected += a[i].allocated;
    }
}

#if GATE_SANITIZED
void __sanitizer_set_death_callback(void (*callback)(void));

static char *gate_digits(char *at, int n) {
    if (n >= 10) at = gate_digits(at, n / 10);
    *at = (char)('0' + n % 10);
    return at + 1;
}

static void gate_last_words(void) {
    char text[64] = "\ngate: version ", *at = gate_digits(text + 15, gate_version);
    memcpy(at, " case ", 6);
    at = gate_digits(at + 6, gate_case);
    *at++ = '\n';
    if (write(2, text, (size_t)(at - text)) < 0) _exit(93);
}
#endif

int gate_matrix(const char *work, int *out) {
    static struct gate_argument a[GATE_PARAMETERS + 1];
    static uint32_t asked[GATE_VERSIONS];
    const uint8_t *at = (const uint8_t *)work;
    uint32_t first = gate_word(&at);
    for (int i = 0; i < GATE_VERSIONS; i++) asked[i] = gate_word(&at);
    int cases = (int)gate_word(&at), row_words = 1 + (cases + 31) / 32;
    const uint8_t *start = at;
    size_t most = 0, longest = 1;
    for (int i = 0; i < cases; i++) {
        at = gate_read(at, a);
        size_t need = gate_need(a);
        if (need > most) most = need;
    }
    longest += most;
    uint8_t *expected = malloc(longest);
    if (!expected) _exit(94);
    if (!GATE_SANITIZED) gate_reserve(most);
#if GATE_SANITIZED
    __sanitizer_set_death_callback(gate_last_words);
#endif
    gate_catch();
    at = start;
    for (gate_case = 0; gate_case < cases; gate_case++) {
        const uint8_t *next = gate_read(at, a);
        uint32_t right = 0;
        for (gate_version = 0; gate_version < GATE_VERSIONS; gate_version++) {
            int *row = out + gate_version * row_words;
            if (!asked[gate_version] || *row == GATE_HANGS || (first && *row != GATE_FINE)) continue;
            gate_place(a);
            uint32_t returned = 0;
            int ended = gate_run(gate_version, a, &returned);
            if (!gate_version) {
                if (ended) return 1 + ended; /* the reference itself: nothing can be said */
                right = returned;
                gate_keep(a, expected);
            } else if (ended || returned != right || !gate_same(a, expected)) {
                *row = ended ? ended : GATE_DIFFERS;
                row[1 + gate_case / 32] |= (int)(1u << gate_case % 32);
            }
            gate_release(a);
        }
        at = next;
    }
    return 0;
}
