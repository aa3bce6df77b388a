#include "compare/levenshtein.h"
bool
plx_similar(struct plx_slice a, struct plx_slice b, double share, struct plx_arena *arena)
{
    return false;
}
