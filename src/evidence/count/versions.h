/* SPDX-License-Identifier: Apache-2.0 */
/* The versions that the candidate's answers name between two hand-overs, and what they say of the epoch: while a
 * candidate is redeployed old and new answer side by side. */
#ifndef PLX_COUNT_VERSIONS_H
#define PLX_COUNT_VERSIONS_H

#include "evidence/count/epochs.h"

#define PLX_VERSIONS_MAX 4u /* of a service told apart between two hand-overs; the oldest go */

struct plx_versions {
    struct {
        char text[PLX_EPOCH_VERSION_MAX + 1];
        uint64_t newest_ms; /* when its newest exchange came, since the epoch */
    } list[PLX_VERSIONS_MAX];
    size_t count;
};

/* Whether it can be kept: visible ASCII and spaces between, of at most PLX_EPOCH_VERSION_MAX. */
bool plx_version_is_fit(struct plx_slice text);
/* One exchange; text is fit. */
void plx_versions_note(struct plx_versions *versions, struct plx_slice text, uint64_t time_ms);
/*
 * Takes a hand-over's: an epoch without a version gets the newest one. Where it has one, epochs->next_version becomes
 * the newest other one: at once where no epoch had it, else only where nothing of the hand-over had the present one.
 * What came before the epoch began says nothing.
 */
void plx_versions_see(const struct plx_versions *versions, struct plx_epochs *epochs);

#endif
