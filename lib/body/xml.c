#include "body/xml.h"
enum plx_status
plx_xml_write_json(struct plx_slice text, bool html, uint32_t depth_max, struct plx_buffer *out)
{
    return PLX_E_SYNTAX;
}
