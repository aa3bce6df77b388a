/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Doubles as text and back, with a point as JSON has it. printf() and strtod() ask the host's locale, which may write
 * a comma or read no further than the point: so numbers that are data go through here.
 */
#ifndef PLX_BASE_DOUBLE_TEXT_H
#define PLX_BASE_DOUBLE_TEXT_H

#include <parallax/base.h>

#define PLX_DOUBLE_TEXT_MAX 32u  /* bytes of a double that is written, its NUL included */
#define PLX_DOUBLE_READ_MAX 128u /* bytes of one that is read */

/*
 * The shortest decimal that reads back as the same double; returns its length. Not finite: "inf", "-inf" or "nan",
 * which is for people only.
 */
size_t plx_double_text(double number, char text[PLX_DOUBLE_TEXT_MAX]);
/* The same of a float, whose shortest decimal has fewer digits. */
size_t plx_float_text(float number, char text[PLX_DOUBLE_TEXT_MAX]);
/*
 * Reads a decimal with or without sign, point and exponent, such as -1, .5 or 2.5e-7. false, and *number is untouched:
 * it is none, as a whole, or longer than PLX_DOUBLE_READ_MAX. One beyond the largest double is infinite.
 */
PLX_MUST_USE bool plx_double_read(struct plx_slice text, double *number);

#endif
