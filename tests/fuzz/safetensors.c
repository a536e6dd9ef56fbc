/* SPDX-License-Identifier: MIT
 * safetensors.c - any bytes as a container; what is taken tiles its data and lies inside it
 */
#include "file/safetensors.h"
#include "fuzz.h"

#include <string.h>

static void check(const rnn_safetensors *file, const unsigned char *bytes, size_t size)
{
    const unsigned char *end = NULL;
    for (size_t i = 0; i < file->count; i++) {
        const rnn_stored_tensor *tensor = &file->tensors[i];
        const unsigned char *data = tensor->data;
        fuzz_require(data >= bytes && data + tensor->size <= bytes + size, "a tensor outside the file");
        fuzz_require(!end || data == end, "tensors that do not tile their data");
        fuzz_require(rnn_safetensors_tensor(file, tensor->name) == tensor, "two tensors of one name");
        end = data + tensor->size;
    }
    fuzz_require(!end || end == bytes + size, "bytes behind the last tensor");
    for (size_t i = 0; i < file->metadata_count; i++)
        fuzz_require(rnn_safetensors_metadata(file, file->metadata[i].key) == file->metadata[i].value,
                     "two texts of one key");
}

int LLVMFuzzerTestOneInput(const unsigned char *bytes, size_t size)
{
    rnn_safetensors *file;
    fuzz_begin();
    const rnn_status status = rnn_safetensors_parse(bytes, size, "m", &file);
    fuzz_expect_told(status, "m: ");
    fuzz_require((status == RNN_OK) == (file != NULL), "a file beside a failure, or none");
    if (file)
        check(file, bytes, size);
    rnn_safetensors_free(file);
    fuzz_end(size);
    return 0;
}
