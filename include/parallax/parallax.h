/* SPDX-License-Identifier: Apache-2.0 */
/*
 * libparallax: the old and the new implementation side by side, and the difference measured. No global state, nothing
 * printed, all memory from the embedder's allocator; no I/O and no threads but those that an experiment asks for.
 */
#ifndef PARALLAX_PARALLAX_H
#define PARALLAX_PARALLAX_H

#include <parallax/base.h>
#include <parallax/compare.h>
#include <parallax/experiment.h>
#include <parallax/value.h>

#ifdef __cplusplus
extern "C" {
#endif

/* "MAJOR.MINOR.PATCH" of the library that runs. */
PLX_API const char *plx_version(void);

#ifdef __cplusplus
}
#endif
#endif
