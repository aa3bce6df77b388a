/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Experiments in process, after GitHub's Scientist: the old code (the control) does the work, the new code (a
 * candidate) runs beside it, and what it would have answered is compared, counted and published. The caller gets the
 * control's value and error, always, whatever becomes of the experiment.
 *
 *   static void old_total(void *cart, struct plx_result *result) { plx_result_int(result, total_by_loop(cart)); }
 *   static void new_total(void *cart, struct plx_result *result) { plx_result_int(result, total_by_query(cart)); }
 *
 *   struct plx_experiment *totals = plx_experiment_new("cart-total", NULL);    once, for all threads
 *   plx_experiment_use(totals, old_total);
 *   plx_experiment_try(totals, "candidate", new_total);
 *   plx_experiment_publish(totals, log_outcome, NULL);
 *
 *   total = plx_experiment_run(totals, cart).integer;                          where total_by_loop(cart) stood
 *
 * A new experiment runs for every call, on the caller's thread, in random order. plx_experiment_enable() sets the share
 * of the calls, plx_experiment_run_on() another thread or a forked process, and parallax.hpp takes lambdas.
 *
 * Setting up comes first, from one thread; it ends with the first run, after which only plx_experiment_enable() may be
 * called. From then on any number of threads may run the same experiment. A setting that is refused returns why, and
 * disables the experiment (plx_experiment_status()): half an experiment would tell lies. The control runs all the same.
 *
 * Callbacks get the pointer that was given with them, and where they can use it the input of the run. Those that answer
 * yes or no return 1 or 0, and below 0 when they could not tell: plx_experiment_raised() then hears of it. They may be
 * called from several threads at once.
 */
#ifndef PARALLAX_EXPERIMENT_H
#define PARALLAX_EXPERIMENT_H

#include <parallax/compare.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- results: what a behaviour gives ---- */

enum plx_result_kind {
    PLX_RESULT_NONE, /* nothing, or an error */
    PLX_RESULT_BOOL,
    PLX_RESULT_INT,
    PLX_RESULT_DOUBLE,
    PLX_RESULT_TEXT,
    PLX_RESULT_BYTES,
    PLX_RESULT_JSON,
    PLX_RESULT_OBJECT, /* a pointer to something of the embedder's: see plx_experiment_objects() */
};

/* What gives back memory that was handed over: free(), or one's own. */
typedef void plx_release_fn(void *memory);

/* In place of a release function, as with sqlite3_result_text(): */
#define PLX_BORROW ((plx_release_fn *)0)  /* the bytes stay the giver's, and outlive every use of the result */
#define PLX_COPY   ((plx_release_fn *)-1) /* the library copies them now */

#define PLX_ERROR_TEXT_MAX 120u /* bytes of an error's text, its NUL included; longer ones are cut */

struct plx_result {
    enum plx_result_kind kind;
    int error; /* 0: none */
    union {
        bool boolean;
        int64_t integer;
        double number;
        struct plx_slice bytes; /* text, bytes, JSON; a text that plx_result_text() took is NUL-terminated */
        void *object;
    };
    plx_release_fn *release;               /* of bytes */
    const struct plx_object_type *type;    /* of object */
    const struct plx_allocator *allocator; /* of what is copied; NULL: malloc */
    char error_text[PLX_ERROR_TEXT_MAX];   /* "" where there is no error */
};

/* What a behaviour gives. Called again they replace what was given before. */
PLX_API void plx_result_bool(struct plx_result *result, bool value);
PLX_API void plx_result_int(struct plx_result *result, int64_t value);
PLX_API void plx_result_double(struct plx_result *result, double value);
/*
 * A NUL-terminated text, or JSON; len bytes. release: PLX_BORROW, PLX_COPY, or what frees it. Where a copy finds no
 * memory the result is the error PLX_E_MEMORY; a control that must not fail then hands over memory of its own. NULL is
 * no value.
 */
PLX_API void plx_result_text(struct plx_result *result, const char *text, plx_release_fn *release);
PLX_API void plx_result_json(struct plx_result *result, const char *json, plx_release_fn *release);
PLX_API void plx_result_bytes(struct plx_result *result, const void *bytes, size_t len, plx_release_fn *release);
/* An object of the type that plx_experiment_objects() has set; it is released as the type says. */
PLX_API void plx_result_object(struct plx_result *result, void *object);
/* The behaviour has failed: code (0 stands as -1) and a text like printf's. There is no value then. */
PLX_API void plx_result_error(struct plx_result *result, int code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* Gives back what the result holds: for texts, bytes, JSON and objects. Fine for every result, and twice. */
PLX_API void plx_result_free(struct plx_result *result);

/*
 * Objects as results. Every function may be NULL; what then can't be done is said.
 * pack and show are like snprintf: they write at most size bytes and return how many there are (0: it can't be done).
 */
struct plx_object_type {
    int (*equal)(const void *control, const void *candidate);    /* NULL: the same pointer */
    void (*release)(void *object);                               /* NULL: nothing to release */
    void *(*copy)(const void *object);                           /* for other threads; NULL where there is no memory */
    size_t (*pack)(const void *object, char *into, size_t size); /* for processes: as bytes */
    void *(*unpack)(const void *bytes, size_t len);              /* from bytes that a broken candidate may have sent */
    size_t (*show)(const void *object, char *into, size_t size); /* for publishing: as text */
};

/* ---- an experiment ---- */

#define PLX_BEHAVIOURS_MAX      8u /* control and candidates */
#define PLX_IGNORES_MAX         8u
#define PLX_PUBLISHERS_MAX      4u
#define PLX_EXPERIMENT_NAME_MAX 64u   /* bytes of a name, its NUL included */
#define PLX_CONTEXT_MAX         4096u /* bytes of a context as JSON */

struct plx_experiment;

/* A behaviour: the control or a candidate. It reads input and sets result; one that sets nothing gives nothing. */
typedef void plx_behaviour_fn(void *input, struct plx_result *result);

/*
 * An experiment called name, with no behaviours yet. It takes its memory from the allocator (NULL: malloc), which must
 * be safe for threads where the experiment is. NULL where there is no memory, or the name is empty or too long.
 */
PLX_API struct plx_experiment *plx_experiment_new(const char *name, const struct plx_allocator *allocator);
/*
 * Publishes what is under way (for which it waits until its deadline) and frees the experiment. It also waits for
 * candidates that are late on a thread, without a limit, as nothing can end them; plx_experiment_drain() tells whether
 * there are any, and plx_experiment_abandon() does not wait for them. NULL is fine.
 */
PLX_API void plx_experiment_free(struct plx_experiment *experiment);
/*
 * The same without the wait for late candidates: returns how many are left behind (0: all is freed). When the last of
 * them ends, if ever, its thread frees what they used. Until then the allocator, and the functions that release inputs
 * and results, must be there; nothing is published any more. For programs that end, or go on without the experiment.
 */
PLX_API unsigned plx_experiment_abandon(struct plx_experiment *experiment);
/* PLX_OK, or what the first setting was refused for that disabled the experiment. */
PLX_API enum plx_status plx_experiment_status(const struct plx_experiment *experiment);
PLX_API const char *plx_experiment_name(const struct plx_experiment *experiment);

/* The control. Short for plx_experiment_try() with the name "control". */
PLX_API enum plx_status plx_experiment_use(struct plx_experiment *experiment, plx_behaviour_fn *behaviour);
/*
 * A candidate; each needs a name of its own (NULL: "candidate"). PLX_E_ARGUMENT: the name is taken, or no name;
 * PLX_E_LIMIT: more than PLX_BEHAVIOURS_MAX.
 */
PLX_API enum plx_status plx_experiment_try(struct plx_experiment *experiment, const char *name,
                                           plx_behaviour_fn *behaviour);

/*
 * Runs the control, and in the share of the calls in which the experiment runs also the candidates. Returns the
 * control's value and error; plx_result_free() frees them. With NULL, or without a control, the error PLX_E_NOT_FOUND.
 */
PLX_API struct plx_result plx_experiment_run(struct plx_experiment *experiment, void *input);
/* The same with the behaviour called name in the place of the control: for experiments that have candidates alone. */
PLX_API struct plx_result plx_experiment_run_named(struct plx_experiment *experiment, const char *name, void *input);

/* ---- when it runs ---- */

/* The share of the calls in percent, 0 to 100, decimals allowed. Any thread, any time. A new one has 100. */
PLX_API enum plx_status plx_experiment_enable(struct plx_experiment *experiment, double percent);

/* 1: yes, 0: no, below 0: it could not tell. */
typedef int plx_question_fn(void *context, void *input);

/* Asked at each call that the percentage lets pass; and then run_if. Where they can't tell, the experiment doesn't run.
 */
PLX_API enum plx_status plx_experiment_enabled(struct plx_experiment *experiment, plx_question_fn *enabled,
                                               void *context);
PLX_API enum plx_status plx_experiment_run_if(struct plx_experiment *experiment, plx_question_fn *run_if,
                                              void *context);
/* Called before the behaviours when the experiment runs, for what is costly to prepare; 0, or below 0: it doesn't run.
 */
PLX_API enum plx_status plx_experiment_before_run(struct plx_experiment *experiment, plx_question_fn *before_run,
                                                  void *context);

/*
 * The input for candidates, where they must not share the caller's: copy returns it (NULL: there is no memory), release
 * gives it back. Without copy, size bytes are copied where size is above 0. On other threads the caller's input is gone
 * unless it was copied or lives as long as the experiment.
 */
PLX_API enum plx_status plx_experiment_input(struct plx_experiment *experiment, size_t size,
                                             void *(*copy)(const void *input), plx_release_fn *release);

/* ---- where the candidates run ---- */

/* Places: enum, name. */
#define PLX_PLACE_MAP(X)                                                                                            \
    X(PLX_ON_CALLER, "caller")   /* on the caller's thread, in random order; the caller waits for the candidates */ \
    X(PLX_ON_THREAD, "thread")   /* on a thread of the experiment's; the caller waits for nothing */                \
    X(PLX_ON_THREADS, "threads") /* control too, where a thread is free; the caller waits for the control */        \
    X(PLX_IN_PROCESS, "process") /* in a process forked for it; the caller waits for the fork */

enum plx_place {
#define PLX_PLACE_ENUM(name, text) name,
    PLX_PLACE_MAP(PLX_PLACE_ENUM)
#undef PLX_PLACE_ENUM
};

/* A 0 stands for the default. */
struct plx_place_limits {
    uint32_t deadline_ms; /* of a candidate, from the call on; default 1000. A candidate that is late is incomparable */
    uint32_t threads;     /* that run candidates; default 2, at most 64 */
    uint32_t runs_max;    /* under way at once, beyond which runs are shed: control alone, and counted; default 64 */
    uint32_t result_bytes; /* of a result from a process; default 1 MiB, at most 1 GiB */
    uint64_t memory_bytes; /* that a process may take beyond what the caller has; default 256 MiB */
    bool keep_descriptors; /* a process keeps the caller's open files; otherwise it has /dev/null on 0, 1 and 2, no
                              others */
};

/* The name of a place; static, "unknown" for a number that is none. */
PLX_API const char *plx_place_text(enum plx_place place);
/* After fork(), as in a prefork server, an experiment is the child's own: threads are started anew by its first run
 * there, counts and metrics begin at 0, and runs that were under way are the parent's. Publishers likewise: what waited
 * goes out from the parent alone. */
/* limits NULL: the defaults. Threads are started by the first run. */
PLX_API enum plx_status plx_experiment_run_on(struct plx_experiment *experiment, enum plx_place place,
                                              const struct plx_place_limits *limits);
/*
 * Waits until nothing is under way and no late candidate runs, at most timeout_ms: PLX_OK or PLX_E_TIMEOUT. While other
 * threads keep calling, it may see them too.
 */
PLX_API enum plx_status plx_experiment_drain(struct plx_experiment *experiment, uint32_t timeout_ms);

/* ---- how they are compared ---- */

/* Both are values. 1: equal, 0: not, below 0: can't tell (incomparable). */
typedef int plx_equal_fn(void *context, void *input, const struct plx_result *control,
                         const struct plx_result *candidate);

/*
 * In place of the comparison by kind and value. Without it JSON means the same under the rules, doubles are equal or
 * both not a number, objects are as their type says.
 */
PLX_API enum plx_status plx_experiment_compare(struct plx_experiment *experiment, plx_equal_fn *equal, void *context);
/* The same where both have failed. Without it errors are equal of the same code and text. */
PLX_API enum plx_status plx_experiment_compare_errors(struct plx_experiment *experiment, plx_equal_fn *equal,
                                                      void *context);
/*
 * Rules for JSON results (compare.h), copied; at their root ("") they hold for integers and doubles too. What they
 * excuse makes the outcome ignored.
 */
PLX_API enum plx_status plx_experiment_rules(struct plx_experiment *experiment, const struct plx_rules *rules);
/* The type of object results; it must outlive the experiment and its results. */
PLX_API enum plx_status plx_experiment_objects(struct plx_experiment *experiment, const struct plx_object_type *type);
/*
 * Asked when two values do not match, in the order in which they were added until one says 1: the mismatch is ignored.
 * Not asked where one side has failed. One that can't tell is passed over.
 */
PLX_API enum plx_status plx_experiment_ignore(struct plx_experiment *experiment, plx_equal_fn *ignore, void *context);

/* ---- what is published ---- */

/* Why there is nothing to compare: enum, name. */
#define PLX_REASON_MAP(X)                                                                           \
    X(PLX_REASON_NONE, "")                                                                          \
    X(PLX_REASON_TIMEOUT, "timeout")         /* the candidate has missed its deadline */            \
    X(PLX_REASON_CRASH, "crash")             /* its process has ended without a result */           \
    X(PLX_REASON_TOO_LARGE, "too_large")     /* its result is larger than result_bytes */           \
    X(PLX_REASON_CALLBACK, "callback")       /* compare could not tell */                           \
    X(PLX_REASON_MEMORY, "memory")           /* there was none for the comparison */                \
    X(PLX_REASON_LIMIT, "limit")             /* a limit of the comparison was reached */            \
    X(PLX_REASON_UNSUPPORTED, "unsupported") /* an object whose type has no copy, pack or unpack */ \
    X(PLX_REASON_SYSTEM, "system")           /* there was no process to run it in */

enum plx_reason {
#define PLX_REASON_ENUM(name, text) name,
    PLX_REASON_MAP(PLX_REASON_ENUM)
#undef PLX_REASON_ENUM
        PLX_REASON_COUNT
};

/* The name of a reason; static, "unknown" for a number that is none. */
PLX_API const char *plx_reason_text(enum plx_reason reason);

/* What one behaviour did. */
struct plx_observation {
    const char *name;
    const struct plx_result *result;         /* NULL: there is none (timeout, crash, too_large) */
    const struct plx_result *cleaned;        /* what plx_experiment_clean() made of it, else the same as result */
    uint64_t wall_ns, cpu_ns;                /* of one that timed out: how long it was waited for, and 0 */
    unsigned position;                       /* 0: it was started first */
    enum plx_verdict verdict;                /* against the control; of the control itself PLX_MATCH */
    enum plx_reason reason;                  /* of PLX_INCOMPARABLE */
    int detail;                              /* of PLX_REASON_CRASH: the signal, or 256 + the exit code; else 0 */
    const struct plx_comparison *comparison; /* the differences of two JSON values; NULL where there are none to tell */
};

/* What one run came to. Valid while the callback runs that it is given to. */
struct plx_outcome {
    const char *experiment;
    enum plx_verdict verdict; /* the worst of the candidates': mismatch, incomparable, ignored, match */
    enum plx_place place;
    const struct plx_observation *control;
    const struct plx_observation *candidates;
    size_t candidate_count;
    struct plx_slice context; /* a JSON object */
    const struct plx_allocator *allocator;
    const struct plx_rules *rules; /* the experiment's: what they redact is not shown */
    uint64_t shed;                 /* calls since the last outcome in which the experiment could not be started */
};

/* Below 0: it could not be published; plx_experiment_raised() hears of it, the others publish all the same. */
typedef int plx_publish_fn(void *context, const struct plx_outcome *outcome);

/*
 * Called after each run, matches included; several may be added. On the caller's thread before the run returns, or on
 * one thread of the experiment's.
 */
PLX_API enum plx_status plx_experiment_publish(struct plx_experiment *experiment, plx_publish_fn *publish,
                                               void *context);
/* Called when all have published. */
PLX_API enum plx_status plx_experiment_after_run(struct plx_experiment *experiment, plx_publish_fn *after_run,
                                                 void *context);

/*
 * Makes of a value what is to be published: it sets cleaned. Below 0: the value itself is published. Called for what
 * both gave, not for errors, and only where somebody publishes. A later one replaces an earlier one.
 */
typedef int plx_clean_fn(void *context, const struct plx_result *value, struct plx_result *cleaned);
PLX_API enum plx_status plx_experiment_clean(struct plx_experiment *experiment, plx_clean_fn *clean, void *context);

/* Context of every run: a field and its text, copied. */
PLX_API enum plx_status plx_experiment_context(struct plx_experiment *experiment, const char *field, const char *text);
/* Context of one run: describe adds fields. Called before the behaviours. */
struct plx_context;
typedef int plx_describe_fn(void *context, void *input, struct plx_context *fields);
PLX_API enum plx_status plx_experiment_describe(struct plx_experiment *experiment, plx_describe_fn *describe,
                                                void *context);
/* A field that doesn't fit any more is left out; plx_experiment_raised() hears of it. */
PLX_API void plx_context_text(struct plx_context *fields, const char *field, const char *text);
PLX_API void plx_context_int(struct plx_context *fields, const char *field, int64_t value);

/* ---- when a callback fails ---- */

/* What was under way: enum, name. */
#define PLX_OPERATION_MAP(X)                                     \
    X(PLX_OPERATION_ENABLED, "enabled")                          \
    X(PLX_OPERATION_RUN_IF, "run_if")                            \
    X(PLX_OPERATION_BEFORE_RUN, "before_run")                    \
    X(PLX_OPERATION_INPUT, "input") /* it could not be copied */ \
    X(PLX_OPERATION_DESCRIBE, "describe")                        \
    X(PLX_OPERATION_COMPARE, "compare") /* errors too */         \
    X(PLX_OPERATION_IGNORE, "ignore")                            \
    X(PLX_OPERATION_CLEAN, "clean")                              \
    X(PLX_OPERATION_PUBLISH, "publish")                          \
    X(PLX_OPERATION_AFTER_RUN, "after_run")                      \
    X(PLX_OPERATION_START, "start") /* no memory, thread or process for a run; code is a plx_status */

enum plx_operation {
#define PLX_OPERATION_ENUM(name, text) name,
    PLX_OPERATION_MAP(PLX_OPERATION_ENUM)
#undef PLX_OPERATION_ENUM
};

/* The name of an operation; static, "unknown" for a number that is none. */
PLX_API const char *plx_operation_text(enum plx_operation operation);

/* code: what the callback returned, or a plx_status. */
typedef void plx_raised_fn(void *context, const char *experiment, enum plx_operation operation, int code);
/* Without it failed callbacks are counted (plx_experiment_counts()) and nothing else. */
PLX_API enum plx_status plx_experiment_raised(struct plx_experiment *experiment, plx_raised_fn *raised, void *context);

/* ---- for tests ---- */

#define PLX_MISMATCH_TEXT_MAX 4096u

/*
 * For test suites: run calls raise, on the caller's thread and as the last thing before it returns, when the outcome is
 * a mismatch. It waits for the candidates, wherever they run. raise may leave by longjmp() (as a failed assertion
 * does); the control's result is then not released. text is what format wrote, which is like snprintf; NULL:
 * plx_outcome_text().
 */
typedef void plx_raise_fn(void *context, const char *text);
typedef size_t plx_format_fn(void *context, const struct plx_outcome *outcome, char *into, size_t size);
PLX_API enum plx_status plx_experiment_raise(struct plx_experiment *experiment, plx_raise_fn *raise,
                                             plx_format_fn *format, void *context);
/* Reports these durations in place of those measured for the behaviour called name: for tests of publishers. */
PLX_API enum plx_status plx_experiment_fabricate(struct plx_experiment *experiment, const char *name, uint64_t wall_ns,
                                                 uint64_t cpu_ns);
/* Makes order and percentage repeatable. A new experiment has a seed of its own. */
PLX_API enum plx_status plx_experiment_seed(struct plx_experiment *experiment, uint64_t seed);
/* Whether CPU time is measured (it is by default): two thirds of what a run on the caller's thread costs. */
PLX_API enum plx_status plx_experiment_cpu_time(struct plx_experiment *experiment, bool measured);

/* ---- what it came to ---- */

/* Since the experiment was made, of runs whose outcome is known: runs = match + mismatch + ignored + incomparable. */
struct plx_run_counts {
    uint64_t runs;
    uint64_t match, mismatch, ignored, incomparable;
    uint64_t incomparable_by[PLX_REASON_COUNT]; /* candidates; with several of them more than runs may be */
    uint64_t candidate_errors;                  /* candidates that gave an error */
    uint64_t shed;                              /* calls in which it should have run, and could not be started */
    uint64_t raised;                            /* callbacks that failed */
    uint64_t late;                              /* candidates that ended after their deadline */
};
PLX_API struct plx_run_counts plx_experiment_counts(struct plx_experiment *experiment);

/*
 * Prometheus text of count experiments: parallax_experiment_* (docs/experiments.md). Like snprintf: writes at most size
 * bytes, the last of them a NUL, and returns how many bytes the whole has without it; 0 where there is no memory.
 */
PLX_API size_t plx_experiment_metrics(struct plx_experiment *const *experiments, size_t count, char *into, size_t size);

/*
 * An outcome as one line of JSON without a line end, or as text for people. Like snprintf; values beyond 4096 bytes are
 * cut. 0 where there is no memory.
 */
PLX_API size_t plx_outcome_json(const struct plx_outcome *outcome, char *into, size_t size);
PLX_API size_t plx_outcome_text(const struct plx_outcome *outcome, char *into, size_t size);

/* ---- publishers ready made ---- */

/*
 * A publisher is a callback with its context:
 *
 *   struct plx_publisher *file = plx_publisher_file("experiments.jsonl", NULL, NULL);
 *   plx_experiment_publish(experiment, plx_publish, file);
 *
 * Each has a thread of its own, which does all that can block, and a bounded queue before it: nobody who publishes
 * waits. What does not fit is dropped and counted. One publisher may serve any number of experiments.
 */
struct plx_publisher;

/* A 0 stands for the default. */
struct plx_publisher_limits {
    size_t queue_bytes;  /* of lines that wait; default 1 MiB, at most 16 MiB */
    uint64_t file_bytes; /* beyond which nothing more is appended to the file; default 1 GiB */
    uint32_t timeout_ms; /* of a request, and of the last one when the publisher is freed; default 5000 */
};

struct plx_line_counts {
    uint64_t published; /* lines written, or taken by the server */
    uint64_t dropped;   /* lines that did not fit into the queue or the file, or that nobody took */
    uint64_t failed;    /* writes and requests that failed; those that failed for now were tried again */
};

/*
 * Appends plx_outcome_json() to a file, one write a line, so that several processes may share it. NULL: the file can't
 * be opened or there is no thread or memory for it (errno says).
 */
PLX_API struct plx_publisher *plx_publisher_file(const char *path, const struct plx_publisher_limits *limits,
                                                 const struct plx_allocator *allocator);
/*
 * Sends them to a running `parallax run`: url is that of its admin side, as in http://127.0.0.1:9900, token the one it
 * asks for, or NULL. While it can't be reached the queue fills, and is sent later. NULL: not such a URL, or no thread
 * or memory (errno says).
 */
PLX_API struct plx_publisher *plx_publisher_http(const char *url, const char *token,
                                                 const struct plx_publisher_limits *limits,
                                                 const struct plx_allocator *allocator);
/* The callback: a plx_publish_fn whose context is a publisher. Never below 0: what is dropped, the publisher counts. */
PLX_API int plx_publish(void *publisher, const struct plx_outcome *outcome);
/* Waits until nothing is queued, at most timeout_ms: PLX_OK or PLX_E_TIMEOUT. */
PLX_API enum plx_status plx_publisher_flush(struct plx_publisher *publisher, uint32_t timeout_ms);
PLX_API struct plx_line_counts plx_publisher_counts(struct plx_publisher *publisher);
/* After the experiments that use it: tries once more to publish what is queued, then drops it. NULL is fine. */
PLX_API void plx_publisher_free(struct plx_publisher *publisher);

#ifdef __cplusplus
}
#endif
#endif
