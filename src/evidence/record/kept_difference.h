/* SPDX-License-Identifier: Apache-2.0 */
/* Differences as they are kept, in the memory of whoever keeps them. What is secret in them no comparison tells. */
#ifndef PLX_RECORD_KEPT_DIFFERENCE_H
#define PLX_RECORD_KEPT_DIFFERENCE_H

#include "evidence/record/keeper.h"
#include "json/writer.h"

#include <parallax/compare.h>

/* All of them and their texts; where they are then. */
struct plx_difference *plx_differences_keep(struct plx_keeper *keeper, struct plx_difference *differences,
                                            size_t count);
/* As an object. */
void plx_difference_write(struct plx_json_writer *w, const struct plx_difference *difference);

#endif
