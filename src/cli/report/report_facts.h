/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a report says in sentences, composed once for all its readings: of a service, of an endpoint, of a field. Each
 * is harmless text in one line, as plx_text_add() leaves it; the style says how much it matters (red: a finding,
 * yellow: to be looked after, dim: by the way). ui/dashboard.js has the same sentences; tests/scenario/test_facts.py
 * holds them against these.
 */
#ifndef PLX_REPORT_REPORT_FACTS_H
#define PLX_REPORT_REPORT_FACTS_H

#include "cli/report/report_model.h"

/* Sets the facts of a service that was read, those of its endpoints and fields, its outlook, and the lines of its
 * rules. false: no memory. */
PLX_MUST_USE bool plx_report_compose(struct plx_report_service *service, struct plx_arena *arena);

#endif
