/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The subcommands: main.c is a table of them, each has a file of its own. A command gets its own name as argv[0] and
 * returns the exit status.
 */
#ifndef PLX_COMMAND_COMMAND_H
#define PLX_COMMAND_COMMAND_H

#include "cli/terminal/exit_status.h"

/* name, summary for `parallax --help` */
#define PLX_COMMAND_MAP(X)                                                          \
    X(run, "the proxy: old and new side by side on live traffic")                   \
    X(check, "read a configuration, say what would run")                            \
    X(status, "services, stages and the health of each role of a running proxy")    \
    X(report, "the verdict so far, per service, endpoint and field")                \
    X(diffs, "recorded mismatches, newest first")                                   \
    X(show, "one recorded mismatch whole: request and answers, with bodies")        \
    X(ask, "one request to all roles, compared at once: exit 0 same, 1 different")  \
    X(stage, "a service goes to another stage: primary, shadow, canary, candidate") \
    X(share, "the candidate's share of the clients of a canary")                    \
    X(rollback, "all clients back to the primary, at once, until `resume`")         \
    X(pause, "nothing is sent to the candidate, until `resume`")                    \
    X(resume, "a pause ends, or the hold of a rollback")                            \
    X(mark, "a new epoch of a service: another candidate is counted from here on")  \
    X(reset, "what was counted of a service, or of an endpoint, is forgotten")      \
    X(reload, "a running proxy reads its configuration again")                      \
    X(backup, "a copy of a running proxy's store")                                  \
    X(erase, "a value is taken out of all that a store keeps")                      \
    X(diff, "compare two documents under the rules")                                \
    X(spy, "a recording stand-in for a dependency")                                 \
    X(reconcile, "compare two stores of results: true or false, then why")          \
    X(demo, "an old and a new payment service, Parallax between, traffic on it")

#define PLX_COMMAND_DECLARE(name, summary) int plx_command_##name(int argc, char **argv);
PLX_COMMAND_MAP(PLX_COMMAND_DECLARE)
#undef PLX_COMMAND_DECLARE

#endif
