/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Our reader of HTTP/1.1 against llhttp's published cases (Markdown: a message, then the events that a strict reader
 * gives).
 *
 * Both sides become the same text, and the texts must be equal. Where we differ on purpose, differences.h names the
 * case, what we do and why; an entry that does not come true, or is not needed any more, fails as well. A case that
 * only a lenient reader accepts must be refused.
 */
#include "base/assert.h"
#include "differences.h"
#include "http_suite.h"

#include <stdio.h>
#include <stdlib.h>

#define EXIT_SKIPPED 77

static int agreed, differed, lenient_refused, failed;
static bool difference_seen[PLX_COUNT(differences)];

static bool
ends_in(const struct plx_buffer *text, const char *end)
{
    size_t len = strlen(end);
    return text->len >= len && memcmp(text->ptr + text->len - len, end, len) == 0;
}

static const struct difference *
find_difference(const struct suite_case *c)
{
    for (size_t i = 0; i < PLX_COUNT(differences); i++)
        if (strcmp(differences[i].file, c->file) == 0 && strcmp(differences[i].title, c->title) == 0) {
            difference_seen[i] = true;
            return &differences[i];
        }
    return NULL;
}

static void
fail(const struct suite_case *c, const char *what, const struct plx_buffer *expected, const struct plx_buffer *actual,
     const struct reading *r)
{
    failed++;
    printf("FAILED %s, \"%s\" (%s): %s\n--- the suite's\n%.*s\n--- ours\n%.*s", c->file, c->title, c->type, what,
           (int)expected->len, expected->ptr, (int)actual->len, actual->ptr);
    if (ends_in(actual, "refused"))
        printf(" %d: %s", r->error.status, r->error.text);
    printf("\n---\n");
}

/* Does what we did come true as the table has it: "STATUS: why" for a refusal, else the end of our text? */
static bool
comes_true(const struct difference *difference, const struct plx_buffer *actual, const struct reading *r)
{
    char did[200];
    snprintf(did, sizeof(did), "%d: %s", r->error.status, r->error.text);
    return ends_in(actual, "refused") ? strcmp(did, difference->ours) == 0 : ends_in(actual, difference->ours);
}

static void
judge(const struct suite_case *c, const struct plx_buffer *expected, const struct plx_buffer *actual,
      const struct reading *r)
{
    const struct difference *difference = find_difference(c);
    bool lenient = strstr(c->type, "lenient") != NULL;
    bool same = lenient ? ends_in(actual, "refused") || ends_in(actual, "closed")
                        : plx_slice_equal(plx_buffer_slice(expected), plx_buffer_slice(actual));
    if (difference && same)
        fail(c, "stands in differences.h, but there is none", expected, actual, r);
    else if (difference && !comes_true(difference, actual, r))
        fail(c, difference->ours, expected, actual, r);
    else if (difference)
        differed++;
    else if (!same)
        fail(c, lenient ? "only a lenient reader accepts this" : "read differently", expected, actual, r);
    else if (lenient)
        lenient_refused++;
    else
        agreed++;
}

static void
run_case(struct suite_case *c)
{
    static struct reading reading;
    struct plx_buffer expected, actual;
    plx_buffer_init(&expected, TEXT_MAX);
    plx_buffer_init(&actual, TEXT_MAX);
    print_expected(&expected, c);
    print_actual(&actual, c, &reading, false);
    /* A head is judged when it is whole: where the suite refuses it before its end, the end is added. */
    if (ends_in(&expected, "refused") && ends_in(&actual, "more") && reading.at < reading.wire.len) {
        plx_buffer_fini(&reading.wire);
        plx_buffer_clear(&actual);
        print_actual(&actual, c, &reading, true);
    }
    judge(c, &expected, &actual, &reading);
    plx_buffer_fini(&reading.wire);
    plx_buffer_fini(&expected);
    plx_buffer_fini(&actual);
}

int
main(int argc, char **argv)
{
    const char *suites = getenv("PLX_SUITES") ? getenv("PLX_SUITES") : argc > 1 ? argv[1] : "../shared/suites";
    char folder[2048];
    snprintf(folder, sizeof(folder), "%s/http1-parsing", suites);
    if (!suite_run(folder, "request", run_case) || !suite_run(folder, "response", run_case)) {
        printf("skipped: there is no suite at %s; set PLX_SUITES to the folder that holds http1-parsing\n", folder);
        return EXIT_SKIPPED;
    }
    for (size_t i = 0; i < PLX_COUNT(differences); i++)
        if (!difference_seen[i]) {
            printf("FAILED differences.h has \"%s\" of %s, which the suite has not\n", differences[i].title,
                   differences[i].file);
            failed++;
        }
    printf("%d cases agree, %d differ as differences.h has it, %d that only lenient readers accept are refused, %d "
           "failed\n",
           agreed, differed, lenient_refused, failed);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
