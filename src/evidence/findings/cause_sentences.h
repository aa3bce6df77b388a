/* SPDX-License-Identifier: Apache-2.0 */
/* What a cause looks like, in one or two sentences, as its report has them. */
#ifndef PLX_FINDINGS_CAUSE_SENTENCES_H
#define PLX_FINDINGS_CAUSE_SENTENCES_H

#include "evidence/count/cause.h"
#include "json/writer.h"

#define PLX_CAUSE_SENTENCES_MAX 2u

/*
 * Appends "looks_like": an array, the strongest first; empty where nothing was recognised. causes: those that are shown
 * as one, of which the first is shown; without_noise: the fields that are noise are left out.
 */
void plx_cause_sentences_write(const struct plx_cause *const *causes, size_t count, bool without_noise,
                               struct plx_json_writer *w);

#endif
