"""C that is refused before anything is built: what could write assembler, switch a sanitizer off, or run by itself.

Nearly all text is settled by its words. What hides words (token pasting, attributes, reserved names, headers outside
the standard ones) is looked at once more after macro expansion, where nothing is hidden: attributes by a list of those
that are let through (a section's name, for one, reaches the assembler as it stands), assembler names by their letters.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from evaluators.text.source_text import TOKEN, splice


def _listed(names: str) -> frozenset[str]:
    return frozenset(names.split())


_WORDS = _listed(
    """asm __asm __asm__ __section__ __ifunc__ __constructor__ __destructor__
    no_sanitize __no_sanitize__ no_sanitize_address __no_sanitize_address__ no_sanitize_thread
    __no_sanitize_thread__ no_sanitize_undefined __no_sanitize_undefined__ no_address_safety_analysis
    __no_address_safety_analysis__ disable_sanitizer_instrumentation redefine_extname __REDIRECT
    __REDIRECT_NTH __REDIRECT_NTHNL __ASMNAME __ASMNAME2 __LDBL_REDIR __LDBL_REDIR_DECL __has_include __has_include_next
    __has_embed"""
)
_RAW_STRING = re.compile(r'\b(?:u8|[uUL])?R"')
_ATTRIBUTES = _listed(
    """access aligned alloc_align alloc_size always_inline artificial assume_aligned cleanup cold const copy deprecated
    designated_init error fallthrough flatten format format_arg gnu_inline hot leaf malloc may_alias mode noclone
    noinline nonnull nonstring noreturn nothrow packed pure returns_nonnull returns_twice scalar_storage_order sentinel
    transparent_union unavailable unused used vector_size warn_if_not_aligned warn_unused_result warning weak
    maybe_unused nodiscard gnu"""
)
_WITH_TEXT = frozenset(("deprecated", "error", "warning", "unavailable", "nodiscard", "scalar_storage_order"))
_PRAGMAS = frozenset(("STDC", "once", "omp", "pack", "message", "region", "endregion", "mark"))
_HEADERS = _listed(
    """assert complex ctype errno fenv float inttypes iso646 limits locale math setjmp signal stdalign stdarg stdatomic
    stdbool stddef stdint stdio stdlib stdnoreturn string strings tgmath threads time uchar unistd wchar wctype fcntl
    pthread alloca memory malloc search regex poll sched semaphore dirent libgen getopt ucontext dlfcn netdb syslog
    fnmatch glob ifaddrs link spawn termios utime pwd grp execinfo keyutils
    sys/types sys/stat sys/time sys/mman sys/resource sys/wait sys/select sys/uio sys/socket sys/un sys/ptrace sys/prctl
    sys/syscall sys/shm sys/sem sys/msg sys/ipc sys/mount sys/random sys/utsname sys/file sys/ioctl sys/inotify
    sys/eventfd sys/epoll sys/signalfd sys/timerfd sys/sysinfo sys/times sys/statvfs sys/xattr sys/personality
    sys/fsuid sys/auxv netinet/in arpa/inet"""
)
_RESERVED = re.compile(r"_[A-Z_]\w*")
_HARMLESS_RESERVED = re.compile(
    r"_(?:GNU|POSIX(?:_C)?|XOPEN|DEFAULT|ISOC\d\d|BSD)_SOURCE|_[A-Z]+_H_?|__builtin_\w+|__(?:atomic|sync)_\w+"
    r"|__func__|__FUNCTION__|__PRETTY_FUNCTION__|__FILE__|__LINE__|__DATE__|__TIME__|__COUNTER__|__STDC\w*|__VA_ARGS__"
    r"|__VA_OPT__|__restrict(?:__)?|__inline(?:__)?|__extension__|__typeof(?:__)?|__const(?:__)?|__volatile(?:__)?"
    r"|__signed(?:__)?|__int128(?:_t)?|__uint128_t|__alignof(?:__)?|__label__|__auto_type|__GNUC\w*|__clang__|__cplusplus"
    r"|__SANITIZE_\w+|__(?:CHAR|INT|LONG|SHRT|SIZE|UINT)\w*__|__BYTE_ORDER__|__ORDER_\w+|_(?:Bool|Static_assert|Generic"
    r"|Alignas|Alignof|Noreturn|Atomic|Thread_local|Complex|Imaginary|Float\d+x?)|__has_(?:attribute|builtin)"
    r"|_exit|_Exit|__thread|__complex__|__real__|__imag__"
)
_INCLUDE = re.compile(r"^[ \t]*(?:#|%:)[ \t]*(?:include|include_next|import|embed)[ \t]*(.*)", re.MULTILINE)


def refused_words(source: str) -> str:
    """What is refused by its words alone; "" if nothing is."""
    text = splice(source)
    if _RAW_STRING.search(text):
        return "a raw string"
    return next((word for word in _words(text) if word in _WORDS), "")


def hides_something(source: str) -> bool:
    """Whether words alone do not settle it: it is then to be looked at after macro expansion."""
    text = splice(source)
    if "##" in text or "%:" in text or "[[" in text or "<:" in text or "??" in text:
        return True
    if any(match.group() == "#" for match in TOKEN.finditer(text)):  # a directive behind a comment
        return True
    if any(not re.match(r"<([\w/]+)\.h>\s*(?:/[/*].*)?$|\"", name) for name in _INCLUDE.findall(text)):
        return True
    if any(
        name not in _HEADERS for name in re.findall(r"^[ \t]*#[ \t]*include[ \t]*<([\w/]+)\.h>", text, re.MULTILINE)
    ):
        return True
    if re.search(r"\b_Pragma\b|^[ \t]*#[ \t]*pragma\b", text, re.MULTILINE):
        return True
    return any(not _HARMLESS_RESERVED.fullmatch(word) for word in _words(text) if _RESERVED.fullmatch(word))


def refused_after_expansion(preprocessed: str) -> str:
    """What is refused in the compiler's own preprocessed text, headers included; "" if nothing is."""
    tokens = [m for m in TOKEN.finditer(preprocessed) if m.lastgroup not in ("space", "comment")]
    words = [m.group() for m in tokens]
    for i, match in enumerate(tokens):
        word = words[i]
        if match.lastgroup == "directive":
            problem = _pragma(word)
        elif word in ("asm", "__asm", "__asm__"):
            problem = _assembler_name(words, i + 1)
        elif word in ("__attribute__", "__attribute") or (word == "[" and words[i + 1 : i + 2] == ["["]):
            problem = _attribute(_inside(words, i + 1), depth_of_names=int(word != "["))
        else:
            problem = ""
        if problem:
            return problem
    return ""


def _words(text: str) -> Iterator[str]:
    """Each word, those inside directives too."""
    for match in TOKEN.finditer(text):
        if match.lastgroup == "word":
            yield match.group()
        elif match.lastgroup == "directive":
            yield from re.findall(r"[^\W\d][\w$]*", match.group())


def _pragma(directive: str) -> str:
    found = re.match(r"[ \t]*#[ \t]*pragma\s+(\w+)\s*(\w*)", directive)
    if not found or found.group(1) in _PRAGMAS:
        return ""
    if found.group(1) == "GCC" and found.group(2) in ("diagnostic", "unroll", "ivdep", "visibility", "poison"):
        return ""
    return f"#pragma {found.group(1)} {found.group(2)}".strip()


def _inside(words: list[str], at: int) -> list[str]:
    """The words between the bracket at `at` and its partner."""
    depth, out = 0, []
    for word in words[at:]:
        depth += (word in "([") - (word in ")]")
        if depth == 0:
            break
        out.append(word)
    return out[1:]


def _assembler_name(words: list[str], at: int) -> str:
    """An assembler name of plain letters (as the C library's headers have them) passes; assembler does not."""
    inside = _inside(words, at) if words[at : at + 1] == ["("] else ["?"]
    plain = all(re.fullmatch(r'"[\w.]*"', word) for word in inside)
    return "" if plain and inside else "asm"


def _attribute(inside: list[str], depth_of_names: int) -> str:
    """The first attribute that is not on the list, or text where none is let through."""
    depth, name = 0, ""
    for word in inside:
        depth += (word in "([") - (word in ")]")
        if depth <= depth_of_names and re.match(r"[^\W\d]", word):
            name = word.strip("_") or word
            if name not in _ATTRIBUTES:
                return f"the attribute {name}"
        elif word.startswith('"') and name not in _WITH_TEXT:
            return f"text in the attribute {name}"
    return ""
