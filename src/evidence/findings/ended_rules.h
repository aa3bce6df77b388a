/* SPDX-License-Identifier: Apache-2.0 */
/* The rules of a service whose end has come: they excuse nothing any more, and a report says so. */
#ifndef PLX_FINDINGS_ENDED_RULES_H
#define PLX_FINDINGS_ENDED_RULES_H

#include "service/service.h"
#include "json/writer.h"

/* The member "rules_ended" of a report: those of the service, and those that its routes add. */
void plx_ended_rules_write(const struct plx_service *service, int64_t now_s, struct plx_json_writer *out);

#endif
