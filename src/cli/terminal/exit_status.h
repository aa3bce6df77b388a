/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the program ends with: scripts and continuous integration read it, so it is a part of the contract. What is more
 * than one thing is told apart by the command: its --help says which it means.
 */
#ifndef PLX_TERMINAL_EXIT_STATUS_H
#define PLX_TERMINAL_EXIT_STATUS_H

#define PLX_EXIT_DONE   0 /* done; of a comparison: the same, true, no regression */
#define PLX_EXIT_FAILED 1 /* different, false, a regression, errors in a configuration; or it could not be done */
#define PLX_EXIT_USAGE                                                                                                \
    2                     /* wrong use, or trouble before there was an answer; one line on stderr says how to mend it \
                           */
#define PLX_EXIT_UNSURE 3 /* not enough evidence yet */

#endif
