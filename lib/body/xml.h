#ifndef PLX_BODY_XML_H
#define PLX_BODY_XML_H
#include "base/buffer.h"
PLX_MUST_USE enum plx_status plx_xml_write_json(struct plx_slice text, bool html, uint32_t depth_max,
                                                struct plx_buffer *out);
#endif
