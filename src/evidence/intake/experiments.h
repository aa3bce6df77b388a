/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Runs of experiments on their way into the ledger: an experiment is a subject, each of its candidates an endpoint, and
 * each result of a candidate an exchange. Of JSON values the differences are its fields; of others the field is
 * `value`, and `error` where one side, or both, gave an error.
 */
#ifndef PLX_INTAKE_EXPERIMENTS_H
#define PLX_INTAKE_EXPERIMENTS_H

#include "evidence/ledger/ledger.h"
#include "secrets/secrets.h"
#include "json/writer.h"

struct plx_runs_taken {
    uint64_t taken, refused; /* lines */
    uint64_t line;           /* of the first that was refused, from 1 */
    const char *wrong;       /* with it; static text */
};

/*
 * Counts a run for each line that is one, in one transaction of the store. What is secret by its name is not kept
 * (secrets may be NULL: the built-in list). Empty lines are none. PLX_E_MEMORY: nothing
 * was counted.
 */
PLX_MUST_USE enum plx_status plx_experiments_take(struct plx_ledger *ledger, struct plx_slice lines,
                                                  const struct plx_secrets *secrets, uint64_t now_ms,
                                                  struct plx_runs_taken *taken);
/* {"taken":..,"refused":..}, and the "error" of the first that was. */
void plx_runs_taken_write(const struct plx_runs_taken *taken, struct plx_json_writer *w);

#endif
