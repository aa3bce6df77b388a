/* SPDX-License-Identifier: Apache-2.0 */
/* The moment that a value stands for, where its form is one of a time; what is read is what forms.h recognises. */
#ifndef PLX_FORMS_MOMENT_H
#define PLX_FORMS_MOMENT_H

#include <parallax/compare.h>

struct plx_moment {
    double ms;      /* since 1970, in its own zone if it names none; about 1 us exact */
    double step_ms; /* the least difference that its writing can show: 1000 for whole seconds */
};

/* shown: as in plx_form_of(). False: it is no time. */
bool plx_moment_of(struct plx_slice shown, struct plx_moment *moment);

#endif
