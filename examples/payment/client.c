/* SPDX-License-Identifier: Apache-2.0 */
/* One connection a question: enough for an example. */
#include "client.h"

#include <curl/curl.h>
#include <stdio.h>
#include <string.h>

static size_t
take_body(char *data, size_t size, size_t count, void *context)
{
    struct client_answer *answer = context;
    size_t len = size * count;

    if (len > CLIENT_BODY_MAX - answer->len)
        return 0;
    memcpy(answer->body + answer->len, data, len);
    answer->len += len;
    answer->body[answer->len] = '\0';
    return len;
}

void
client_ask(const char *base, const char *path, const char *message, const char *exchange, struct client_answer *answer)
{
    char url[512], line[256];
    CURL *curl = curl_easy_init();
    struct curl_slist *headers = curl_slist_append(NULL, "Content-Type: text/plain");

    if (exchange) {
        snprintf(line, sizeof(line), "Parallax-Exchange: %s", exchange);
        headers = curl_slist_append(headers, line);
    }
    answer->status = 0;
    answer->len = 0;
    answer->body[0] = '\0';
    snprintf(url, sizeof(url), "%s%s", base, path);
    curl_easy_setopt(curl, CURLOPT_URL, url);
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, (long)CLIENT_MS);
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take_body);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, answer);
    if (message)
        curl_easy_setopt(curl, CURLOPT_POSTFIELDS, message);
    CURLcode code = curl_easy_perform(curl);
    if (code == CURLE_OK)
        curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &answer->status);
    answer->error = (int)code;
    answer->why = answer->status ? "an answer of another status" : curl_easy_strerror(code);
    curl_slist_free_all(headers);
    curl_easy_cleanup(curl);
}
