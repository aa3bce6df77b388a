/* SPDX-License-Identifier: Apache-2.0 */
/* Whether a request may ask at all: by its token, or where none is set by its Host. */
#ifndef PLX_ADMIN_MAY_ASK_H
#define PLX_ADMIN_MAY_ASK_H

#include "control/admin/admin_answer.h"

/* false: the answer says why. who answers: "the admin API". token NULL: none is asked for. */
bool plx_admin_may_ask(const char *who, const char *token, const struct plx_admin_request *request,
                       struct plx_admin_answer *answer);

#endif
