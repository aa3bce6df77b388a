/* SPDX-License-Identifier: Apache-2.0 */
/* The rules that a service is compared under, as a number: where it changes, what was counted before says nothing of
 * what is counted now. */
#ifndef PLX_SERVICE_SERVICE_FINGERPRINT_H
#define PLX_SERVICE_SERVICE_FINGERPRINT_H

#include "service/service.h"

/* From 1 to 2^63 - 1. Over the rules of the service and of those routes that have others (lib/compare's
 * rules_fingerprint.h). */
uint64_t plx_service_fingerprint(const struct plx_service *service);

#endif
