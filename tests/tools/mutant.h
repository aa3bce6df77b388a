/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Put before every file that mutate.py has written mutants into: which of them acts, and which of them are reached. The
 * file of those reached is shared memory, so that what a killed process has reached counts too.
 */
#ifndef TEST_MUTANT_H
#define TEST_MUTANT_H

#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

__attribute__((weak)) int plx_mutant_acting;                       /* 0: none */
__attribute__((weak)) volatile unsigned char *plx_mutants_reached; /* a byte for each; NULL: nobody asks */

__attribute__((weak, constructor)) void
plx_mutants_begin(void)
{
    const char *acting = getenv("PLX_MUTANT"), *file = getenv("PLX_MUTANTS_REACHED");
    const char *count = getenv("PLX_MUTANTS");

    plx_mutant_acting = acting ? atoi(acting) : 0;
    if (!file || !count || plx_mutants_reached)
        return;
    int fd = open(file, O_RDWR | O_CLOEXEC);
    void *bytes = fd < 0 ? MAP_FAILED : mmap(NULL, (size_t)atol(count) + 1, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (bytes != MAP_FAILED)
        plx_mutants_reached = bytes;
    if (fd >= 0)
        close(fd);
}

static inline int
plx_mutant(int number)
{
    if (plx_mutants_reached)
        plx_mutants_reached[number] = 1;
    return number == plx_mutant_acting;
}

#endif
