/* SPDX-License-Identifier: Apache-2.0 */
/*
 * libparallax: the old and the new implementation side by side, and the difference measured. No I/O, no threads,
 * no global state; all memory comes from the embedder's allocator.
 */
#ifndef PARALLAX_PARALLAX_H
#define PARALLAX_PARALLAX_H

#include <parallax/base.h>
#include <parallax/compare.h>
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
