/* SPDX-License-Identifier: Apache-2.0 */
/* An allocator over mmap. */
#include "base/pages.h"

#include <sys/mman.h>
#include <unistd.h>

static size_t
rounded(size_t size)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);

    return size > SIZE_MAX - page ? 0 : (size + page - 1) / page * page;
}

static void *
resize(void *context, void *ptr, size_t old_size, size_t new_size)
{
    size_t size = rounded(new_size);

    if (size == 0)
        return NULL;
    void *moved = ptr ? mremap(ptr, rounded(old_size), size, MREMAP_MAYMOVE)
                      : mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return moved == MAP_FAILED ? NULL : moved;
}

static void
release(void *context, void *ptr, size_t size)
{
    munmap(ptr, rounded(size));
}

const struct plx_allocator plx_pages = {resize, release, NULL};
