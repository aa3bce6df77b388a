/* SPDX-License-Identifier: Apache-2.0 */
/* What is asked of rules besides the public interface. */
#ifndef PLX_COMPARE_RULES_H
#define PLX_COMPARE_RULES_H

#include "secrets/secrets.h"

#include <parallax/compare.h>

/* Whether a comparison under them may take tens of milliseconds, however short the bodies are: on a thread of its own.
 */
bool plx_rules_are_costly(const struct plx_rules *rules);

/* What is secret by its name where these rules hold; a reference to the list is taken. */
void plx_rules_set_secrets(struct plx_rules *rules, struct plx_secrets *secrets);
/* NULL: the built-in list; so do no rules (NULL) have it. */
const struct plx_secrets *plx_rules_secrets(const struct plx_rules *rules);

#endif
