/* SPDX-License-Identifier: Apache-2.0 */
/* How the roles of a service are. */
#ifndef PLX_FINDINGS_HEALTH_H
#define PLX_FINDINGS_HEALTH_H

#include "evidence/ledger/ledger.h"
#include "json/writer.h"

/* Health of the service's roles, as counted since the start:
 * {"primary":{"url":..,"answered":n,"failed":n,"last_answer":TIME|null,"last_failure":{"reason":..[,"detail":..],"time":..}|null},...}
 * The candidate's has "ejected", too: {"since":TIME,"until":TIME,"times":n,"reason":..,"status":n|null}|null.
 */
void plx_findings_write_health(struct plx_ledger *ledger, const struct plx_service *service,
                               struct plx_json_writer *out);

#endif
