/* SPDX-License-Identifier: Apache-2.0 */
/* `parallax demo scientist`: an experiment in process, in the seed's payment monolith. */
#ifndef PLX_DEMO_SCIENTIST_H
#define PLX_DEMO_SCIENTIST_H

/* argv[0] is the scenario's name. Returns the exit status. */
int plx_demo_scientist(int argc, char **argv);

#endif
