/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A recorded request as one line for a POSIX shell that sends it again, with curl, to one of its roles. It has no
 * secrets: what is redacted in a record says "[redacted]" here.
 */
#ifndef PLX_RECORD_REPRODUCE_H
#define PLX_RECORD_REPRODUCE_H

#include "base/arena.h"
#include "base/buffer.h"
#include "evidence/count/exchange_outcome.h"

#define PLX_REPRODUCE_BYTES_MAX (12u << 10) /* of a command; there is none for a request that takes more */
#define PLX_REPRODUCE_BODY_MAX  (4u << 10)  /* of a body in a command; a longer one is named as a file */

/*
 * Appends the command; nothing where there is no request, no service, no such role, or bytes that no argument can hold.
 * Out fails where it is too long. Hop-by-hop headers and those that curl sets itself are left out; a body that is long,
 * cut off or no text is the file `request-body`, which a comment at the end says.
 */
void plx_reproduce_write(const struct plx_exchange_outcome *outcome, enum plx_role role, struct plx_arena *scratch,
                         struct plx_buffer *out);

#endif
