/* SPDX-License-Identifier: Apache-2.0 */
/* Names and their addresses, as the admin API and /metrics tell of them. */
#ifndef PLX_ADMIN_NAMES_API_H
#define PLX_ADMIN_NAMES_API_H

#include "base/buffer.h"
#include "traffic/names/names.h"
#include "json/writer.h"

/* names NULL: there are none. */
void plx_admin_write_names(struct plx_names *names, struct plx_json_writer *w);
void plx_admin_write_name_metrics(struct plx_names *names, struct plx_buffer *out);

#endif
