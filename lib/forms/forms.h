/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The form of a value, as a difference shows it: timestamps, ids and digests that are another at each answer. It looks
 * at one value and knows nothing of noise; what it finds is said and excuses nothing.
 */
#ifndef PLX_FORMS_FORMS_H
#define PLX_FORMS_FORMS_H

#include <parallax/compare.h>

#define PLX_WHOLE_NUMBER_DIGITS_MAX 18u /* it fits into 63 bits */

/*
 * shown: JSON as written (a string with its quotes), or a header's text. cut: its end is missing, which leaves only a
 * JWT to be recognised. What is redacted has no form.
 */
enum plx_form plx_form_of(struct plx_slice shown, bool cut);
/*
 * Whether two values of this form are written alike: times of the same parts, separators and precision (to thousands),
 * ids of the same length, case and version. What is written otherwise is a difference, whatever it says.
 */
bool plx_form_is_alike(enum plx_form form, struct plx_slice a, struct plx_slice b);
/* The whole number (PLX_FORM_COUNTER) that is shown. */
bool plx_form_number(struct plx_slice shown, uint64_t *number);
/* By its name; PLX_FORM_NONE where there is none of that name. */
enum plx_form plx_form_by_name(struct plx_slice name);

#endif
