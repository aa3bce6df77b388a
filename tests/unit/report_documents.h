/* SPDX-License-Identifier: Apache-2.0 */
/* Reports as a proxy answers them, for the tests of their readings. */
#ifndef REPORT_DOCUMENTS_H
#define REPORT_DOCUMENTS_H

#define REPORT_LATENCY                                                                          \
    "\"latency\":{\"primary\":{\"p50\":0.000412,\"p90\":0.00124,\"p99\":0.0234,\"count\":900}," \
    "\"candidate\":{\"p50\":0.000398,\"p90\":0.00131,\"p99\":0.1204,\"count\":899}}"

/* A canary, in which the primary stood in for the candidate three times. */
#define REPORT_CANARY                                                                                               \
    "{\"name\":\"pay\",\"stage\":\"canary\",\"share\":12.5,\"verdict\":\"clean\",\"exchanges\":{\"total\":80,"      \
    "\"match\":80},\"served\":{\"primary\":72,\"candidate\":8},\"served_differed\":2,\"fallbacks\":{\"connect\":2," \
    "\"reset\":1}}"

/* A service with a regression, noise, and endpoints in no useful order. */
#define REPORT_REGRESSION                                                                                            \
    "{\"name\":\"payment\",\"stage\":\"shadow\",\"share\":0,\"confidence\":0.99,\"detect\":0.05,"                    \
    "\"verdict\":\"regression\",\"why\":\"2 fields differ more often than the primary does from itself\","           \
    "\"compared\":899,\"needed\":90,"                                                                                \
    "\"exchanges\":{\"total\":1000,\"match\":500,\"mismatch\":300,\"ignored\":99,\"incomparable\":1,"                \
    "\"uncopied\":100},"                                                                                             \
    "\"uncopied\":{\"unsafe_method\":98,\"sampled_out\":0,\"shed\":2},"                                              \
    "\"incomparable\":{\"connect\":0,\"timeout\":1},"                                                                \
    "\"latency\":{\"primary\":{\"p50\":0.000412,\"p90\":0.00124,\"p99\":0.0234,\"count\":900},"                      \
    "\"candidate\":{\"p50\":0.000398,\"p90\":0.00131,\"p99\":0.1204,\"count\":899},"                                 \
    "\"secondary\":{\"p50\":0,\"p90\":0,\"p99\":0,\"count\":0}},"                                                    \
    "\"limits_hit\":{\"endpoints\":0,\"fields\":0,\"records\":36},\"records_kept\":264,"                             \
    "\"warnings\":[\"98 exchanges: is the <session> shared?\"],"                                                     \
    "\"endpoints\":["                                                                                                \
    "{\"endpoint\":\"GET /health\",\"verdict\":\"clean\",\"exchanges\":{\"total\":200,\"match\":200,\"mismatch\":0," \
    "\"ignored\":0,\"incomparable\":0,\"uncopied\":0}," REPORT_LATENCY ",\"fields\":[]},"                            \
    "{\"endpoint\":\"GET /payroll/{id}\",\"verdict\":\"regression\",\"exchanges\":{\"total\":700,\"match\":300,"     \
    "\"mismatch\":300,\"ignored\":99,\"incomparable\":1,\"uncopied\":0},"                                            \
    "\"incomparable\":{\"timeout\":1},\"uncopied\":{}," REPORT_LATENCY ",\"fields\":["                               \
    "{\"field\":\"/generatedAt\",\"kind\":\"value\",\"differences\":699,\"noise\":699,\"verdict\":\"noise\","        \
    "\"example\":{\"exchange\":\"01JA\",\"primary\":\"\\\"2026-01-02\\\"\",\"candidate\":\"\\\"2026-01-03\\\"\"}},"  \
    "{\"field\":\"/lines/*/net\",\"kind\":\"missing\",\"differences\":12,\"noise\":0,\"verdict\":\"regression\","    \
    "\"example\":{\"exchange\":\"01JB\",\"primary\":\"12.5\",\"candidate\":\"\"}},"                                  \
    "{\"field\":\"/total\",\"kind\":\"value\",\"differences\":288,\"noise\":3,\"verdict\":\"regression\","           \
    "\"example\":{\"exchange\":\"01JC\",\"primary\":\"41.555\",\"candidate\":\"41.56\"}},"                           \
    "{\"field\":\"status\",\"kind\":\"value\",\"differences\":2,\"noise\":0,\"verdict\":\"inconclusive\","           \
    "\"example\":{\"exchange\":\"01JD\",\"primary\":\"404\",\"candidate\":\"500\"}}]},"                              \
    "{\"endpoint\":\"POST /payroll\",\"verdict\":\"inconclusive\",\"exchanges\":{\"total\":100,\"match\":0,"         \
    "\"mismatch\":0,\"ignored\":0,\"incomparable\":0,\"uncopied\":100},\"uncopied\":{\"unsafe_method\":98,"          \
    "\"shed\":2},\"latency\":{},\"fields\":[]}]}"

#define REPORT_CLEAN                                                                                          \
    "{\"name\":\"mail\",\"stage\":\"shadow\",\"share\":0,\"verdict\":\"clean\",\"exchanges\":{\"total\":120," \
    "\"match\":120,\"mismatch\":0,\"ignored\":0,\"incomparable\":0,\"uncopied\":0}," REPORT_LATENCY           \
    ",\"endpoints\":[]}"

/* Of an experiment with two candidates, one of which is at fault. */
#define REPORT_EXPERIMENT                                                                                            \
    "{\"name\":\"cart total\",\"kind\":\"experiment\",\"runs\":60,\"confidence\":0.99,\"detect\":0.05,"              \
    "\"verdict\":\"regression\",\"why\":\"1 field differs, and no rule excuses it\",\"compared\":120,\"needed\":90," \
    "\"exchanges\":{\"total\":120,\"match\":117,\"mismatch\":3,\"ignored\":0,\"incomparable\":0,\"uncopied\":0},"    \
    "\"uncopied\":{\"shed\":0},\"incomparable\":{\"timeout\":0},"                                                    \
    "\"latency\":{\"primary\":{\"p50\":0.000002,\"p90\":0.000003,\"p99\":0.000004,\"count\":120},"                   \
    "\"candidate\":{\"p50\":0.000002,\"p90\":0.000003,\"p99\":0.000004,\"count\":120}},"                             \
    "\"endpoints\":[{\"endpoint\":\"new\",\"verdict\":\"regression\",\"exchanges\":{\"total\":60,\"match\":57,"      \
    "\"mismatch\":3,\"ignored\":0,\"incomparable\":0,\"uncopied\":0},\"latency\":{},\"fields\":["                    \
    "{\"field\":\"value\",\"kind\":\"value\",\"differences\":3,\"noise\":0,\"verdict\":\"regression\","              \
    "\"form\":\"counter\",\"formed\":3,\"proposal\":\"ignore: []\","                                                 \
    "\"example\":{\"exchange\":\"01JE\",\"primary\":\"10\",\"candidate\":\"11\"}}]},"                                \
    "{\"endpoint\":\"same\",\"verdict\":\"clean\",\"exchanges\":{\"total\":60,\"match\":60,\"mismatch\":0,"          \
    "\"ignored\":0,\"incomparable\":0,\"uncopied\":0},\"latency\":{},\"fields\":[]}]}"

/* Without a secondary, and too little traffic. */
#define REPORT_THIN                                                                                                \
    "{\"name\":\"mail\",\"stage\":\"shadow\",\"share\":0,\"verdict\":\"inconclusive\",\"compared\":3,\"more\":87," \
    "\"exchanges\":{\"total\":3,\"match\":3,\"mismatch\":0,\"ignored\":0,\"incomparable\":0,\"uncopied\":0},"      \
    "\"endpoints\":[]}"

/* Whatever a peer can put into names and values. */
#define REPORT_HOSTILE                                                                                              \
    "{\"name\":\"pay\\u001b[2Jment\",\"stage\":\"<script>\",\"verdict\":\"regression\",\"why\":\"\\u0007\\u009b\"," \
    "\"exchanges\":{\"total\":1,\"mismatch\":1},\"incomparable\":{\"]]>\\u001b\":7},"                               \
    "\"endpoints\":[{\"endpoint\":\"GET /\\u001b]0;owned\\u0007'; rm -rf $HOME #\",\"exchanges\":{\"total\":1,"     \
    "\"mismatch\":1},\"fields\":[{\"field\":\"/\\u202e<b>\\r\\n&\",\"kind\":\"\\u001bc\",\"differences\":1,"        \
    "\"verdict\":\"regression\",\"example\":{\"exchange\":\"<i>\",\"primary\":\"\\u001b[31m\\u0000\\ud800\","       \
    "\"candidate\":\"\\\"<img src=x onerror=alert(1)>\\\"\"}}]}]}"

/* A reconciliation whose last run came to false, and one whose last run could not be finished. */
#define REPORT_RECONCILIATION                                                                                        \
    "{\"name\":\"notifications\",\"runs\":{\"total\":3,\"true\":1,\"false\":1,\"failed\":1},\"rows\":{},\"last\":{"  \
    "\"name\":\"notifications\",\"result\":false,\"started\":\"2026-11-25T12:00:00.250Z\",\"seconds\":0.123,"        \
    "\"left\":{\"store\":\"postgresql://user@host/monolith-db\",\"rows\":3},\"right\":{\"store\":\"sqlite:ms.db\","  \
    "\"rows\":1},\"paired\":2,\"only_left\":0,\"only_right\":2,\"differing\":1,\"waiting\":1,\"unexamined\":0,"      \
    "\"consumed\":2,\"recovered\":0,\"error\":null,\"examples\":{\"only_left\":[],\"only_right\":[{\"message\":"     \
    "\"b\"},\"[too long to be shown]\"],\"differing\":[{\"key\":{\"message\":\"c\"},\"differences\":[{\"field\":"    \
    "\"/total\",\"kind\":\"value\",\"left\":\"1\",\"right\":\"2\"},{\"field\":\"/x\",\"kind\":\"missing\",\"left\":" \
    "\"1\"}]}]},\"examples_cut\":4}}"
#define REPORT_RECONCILIATION_FAILED                                                                           \
    "{\"name\":\"mail\",\"runs\":{\"total\":1,\"true\":0,\"false\":0,\"failed\":1},\"last\":{\"result\":null," \
    "\"started\":\"2026-11-25T12:00:00.250Z\",\"seconds\":0,\"error\":\"ms.db: no such table\"}}"
#define REPORT_RECONCILIATION_TRUE \
    "{\"name\":\"orders\",\"runs\":{\"true\":1},\"last\":{\"result\":true,\"paired\":7,\"only_left\":0}}"

#define REPORTS_WITH(reports, reconciliations) \
    "{\"services\":[" reports "],\"experiments\":[],\"reconciliations\":[" reconciliations "]}"
#define REPORTS(reports) "{\"services\":[" reports "]}"

#endif
