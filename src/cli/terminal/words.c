/* SPDX-License-Identifier: Apache-2.0 */
/* A row a kind. */
#include "cli/terminal/words.h"

const struct plx_words plx_words[PLX_WORDS_COUNT] = {
    {PLX_SUBJECT_SERVICE,
     "--service",
     "exchanges",
     "exchange",
     "exchanges",
     "endpoint",
     "endpoints",
     {"primary", "candidate", "secondary"},
     "(the whole body)"},
    {PLX_SUBJECT_EXPERIMENT,
     "--experiment",
     "runs",
     "result",
     "results",
     "candidate",
     "candidates",
     {"control", "candidate", "secondary"},
     "(the whole value)"},
    {PLX_SUBJECT_SPY,
     "--spy",
     "calls",
     "call",
     "calls",
     "endpoint",
     "endpoints",
     {"primary", "candidate", "secondary"},
     "(the whole body)"},
};

const char *
plx_words_exchanges(const struct plx_words *words, uint64_t count)
{
    return count == 1 ? words->exchange : words->exchanges;
}

const struct plx_words *
plx_words_of(struct plx_slice kind)
{
    for (size_t i = 0; i < PLX_WORDS_COUNT; i++)
        if (plx_slice_equal(kind, plx_slice_of(plx_subject_text(plx_words[i].kind))))
            return &plx_words[i];
    return &plx_words[0];
}
