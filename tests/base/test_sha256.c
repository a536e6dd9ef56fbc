/* SPDX-License-Identifier: MIT
 * test_sha256.c - the vectors NIST publishes with FIPS 180-4, and every way to cut a text into updates
 */
#include "suites.h"

#include "base/sha256.h"

#include <string.h>

static const struct {
    const char *text, *digest;
} vectors[] = {
    {"", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
    {"abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
    {"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
     "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"},
    {"abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmnhijklmnoijklmnopjklmnopqklmnopqrlmnopqrsmnopqrstnopqrstu",
     "cf5b16a778af8380036ce59e7b0492370b249b11e8f07a51afac45037afee9d1"},
};

START_TEST(nist_vectors)
{
    char hex[65];
    rnn_sha256_hex(vectors[_i].text, strlen(vectors[_i].text), hex);
    ck_assert_str_eq(hex, vectors[_i].digest);
}
END_TEST

START_TEST(a_million_letters)
{
    rnn_sha256 hash;
    unsigned char digest[32];
    char block[1000], hex[65];
    memset(block, 'a', sizeof block);
    rnn_sha256_init(&hash);
    for (int i = 0; i < 1000; i++)
        rnn_sha256_update(&hash, block, sizeof block);
    rnn_sha256_final(&hash, digest);
    rnn_sha256_print(digest, hex);
    ck_assert_str_eq(hex, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}
END_TEST

/* Lengths around the block and around the 56 bytes up to which the length still fits, cut in two at every place. */
START_TEST(cuts_do_not_matter)
{
    unsigned char text[200], digest[32];
    char whole[65], cut[65];
    for (size_t i = 0; i < sizeof text; i++)
        text[i] = (unsigned char)(i * 37 + 11);
    for (size_t size = 0; size <= sizeof text; size++) {
        rnn_sha256_hex(text, size, whole);
        for (size_t first = 0; first <= size; first++) {
            rnn_sha256 hash;
            rnn_sha256_init(&hash);
            rnn_sha256_update(&hash, text, first);
            rnn_sha256_update(&hash, text + first, size - first);
            rnn_sha256_final(&hash, digest);
            rnn_sha256_print(digest, cut);
            ck_assert_str_eq(cut, whole);
        }
    }
}
END_TEST

/* Digests of n letters 'a' for the lengths at which padding changes shape, as sha256sum prints them. */
static const struct {
    size_t length;
    const char *digest;
} paddings[] = {
    {55, "9f4390f8d30c2dd92ec9f095b65e2b9ae9b0a925a5258e241c9f1e910f734318"},
    {56, "b35439a4ac6f0948b6d6f9e3c6af0f5f590ce20f1bde7090ef7970686ec6738a"},
    {57, "f13b2d724659eb3bf47f2dd6af1accc87b81f09f59f2b75e5c0bed6589dfe8c6"},
    {63, "7d3e74a05d7db15bce4ad9ec0658ea98e3f06eeecf16b4c6fff2da457ddc2f34"},
    {64, "ffe054fe7ae0cb6dc65c3af9b61d5209f439851db43d0ba5997337df154668eb"},
    {65, "635361c48bb9eab14198e76ea8ab7f1a41685d6ad62aa9146d301d4f17eb0ae0"},
    {119, "31eba51c313a5c08226adf18d4a359cfdfd8d2e816b13f4af952f7ea6584dcfb"},
    {120, "2f3d335432c70b580af0e8e1b3674a7c020d683aa5f73aaaedfdc55af904c21c"},
    {127, "c57e9278af78fa3cab38667bef4ce29d783787a2f731d4e12200270f0c32320a"},
    {128, "6836cf13bac400e9105071cd6af47084dfacad4e5e302c94bfed24e013afb73e"},
};

START_TEST(padding_at_block_ends)
{
    char text[128], hex[65];
    memset(text, 'a', sizeof text);
    rnn_sha256_hex(text, paddings[_i].length, hex);
    ck_assert_str_eq(hex, paddings[_i].digest);
}
END_TEST

Suite *sha256_suite(void)
{
    Suite *suite = suite_create("sha256");
    TCase *tests = tcase_create("sha256");
    tcase_add_loop_test(tests, nist_vectors, 0, sizeof vectors / sizeof *vectors);
    tcase_add_test(tests, a_million_letters);
    tcase_add_test(tests, cuts_do_not_matter);
    tcase_add_loop_test(tests, padding_at_block_ends, 0, sizeof paddings / sizeof *paddings);
    suite_add_tcase(suite, tests);
    return suite;
}
