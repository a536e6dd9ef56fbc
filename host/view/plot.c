/* SPDX-License-Identifier: MIT
 * plot.c - writes a gnuplot script into an unnamed file and runs gnuplot on it
 *
 * gnuplot reads the script as its standard input and writes the picture to its standard output, which is the writer's
 * temporary file; what it complains about goes to another unnamed file. Files instead of pipes: a gnuplot that dies early
 * raises no SIGPIPE here, and one that talks a lot cannot block on us while we block on it. No path and no shell is
 * involved, and texts are written so that a column's name is never more than a name: see put_text.
 */
#include "view/plot.h"

#include "base/writer.h"
#include "data/text.h"

#include <errno.h>
#include <fcntl.h>
#include <locale.h>
#include <math.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

/* The page, in pixels: a head with the titles, then slots of equal height, each a panel with room for its texts. */
#define WIDTH      900
#define HEAD       68
#define SLOT       310
#define ABOVE      42            /* from a slot's top to its panel */
#define BELOW      58            /* from the panel to the slot's end */
#define BINS       ((size_t)800) /* a panel's width: more points than some per pixel are not seen, only paid for */
#define FEW_POINTS ((size_t)120) /* up to here each value gets a dot */

typedef struct plot_curve {
    const char *name; /* in the legend */
    int style;        /* one of the script's line styles */
    const double *values;
    size_t stride; /* from a value to the next */
} plot_curve;

typedef struct plot_panel {
    char title[256];
    const char *y_name, *x_name;
    double first; /* x of the first value; the others follow by 1 */
    size_t count;
    bool from_zero; /* the x axis begins at 0 */
    plot_curve curves[2];
    int curve_count;
} plot_panel;

/* ---- Texts and numbers of the script ------------------------------------------------------------------------------ */

/* XML has no U+FFFE and U+FFFF. */
static bool xml_may_hold(const unsigned char *text, size_t length)
{
    return length > 0 && !(length == 3 && text[0] == 0xef && text[1] == 0xbf && text[2] > 0xbd);
}

/* A single-quoted string: in it nothing is special to gnuplot but the quote, which becomes a typographic one (doubling
 * it, as gnuplot's manual has it, goes wrong at the beginning of a string). Too long a text ends in "...". */
static void put_text(FILE *script, const char *text, size_t limit)
{
    const unsigned char *next = (const unsigned char *)text, *const end = next + strlen(text);
    fputc('\'', script);
    for (size_t used = 0; next < end; used++) {
        const size_t length = rnn_utf8_length(next, (size_t)(end - next));
        if (used == limit) {
            fputs("...", script);
            break;
        }
        if (!xml_may_hold(next, length))
            fputc('?', script);
        else if (*next < ' ' || *next == 0x7f)
            fputc(' ', script);
        else if (*next == '\'')
            fputs("\xe2\x80\x99", script);
        else
            fwrite(next, 1, length, script);
        next += length ? length : 1;
    }
    fputc('\'', script);
}

static void put_point(FILE *script, double x, double y)
{
    if (isfinite(y))
        fprintf(script, "%.9g %.9g\n", x, y);
    else
        fprintf(script, "%.9g NaN\n", x);
}

/* The values of a curve as a data block. A long one is reduced to the lowest and highest value of each bin, which draws
 * the same picture: within a pixel's width only the extent is seen. */
static void put_values(FILE *script, const plot_panel *panel, int index)
{
    const plot_curve *curve = &panel->curves[index];
    const size_t bins = panel->count > 2 * BINS ? BINS : panel->count;
    fprintf(script, "$curve%d << END_OF_VALUES\n", index);
    for (size_t bin = 0; bin < bins; bin++) {
        const size_t begin = bin * panel->count / bins, end = (bin + 1) * panel->count / bins;
        size_t low = begin, high = begin;
        for (size_t i = begin + 1; i < end; i++) {
            const double value = curve->values[i * curve->stride];
            if (isfinite(value) && !(value >= curve->values[low * curve->stride]))
                low = i;
            if (isfinite(value) && !(value <= curve->values[high * curve->stride]))
                high = i;
        }
        const size_t early = low < high ? low : high, late = low < high ? high : low;
        put_point(script, panel->first + (double)early, curve->values[early * curve->stride]);
        if (late != early)
            put_point(script, panel->first + (double)late, curve->values[late * curve->stride]);
    }
    fputs("END_OF_VALUES\n", script);
}

/* ---- Axes --------------------------------------------------------------------------------------------------------- */

/* Rows and epochs are whole numbers, and so are their marks: 1, 2 or 5 times a power of ten, some ten of them. */
static void put_x_axis(FILE *script, const plot_panel *panel)
{
    double low = panel->from_zero ? 0 : panel->first, high = panel->first + (double)panel->count - 1;
    if (!(low < high)) {
        low -= 1;
        high += 1;
    }
    const double least = (high - low) / 11;
    double step = 1;
    for (int i = 0; step < least; i++)
        step *= i % 3 == 1 ? 2.5 : 2;
    fprintf(script, "set xrange [%.17g:%.17g]\nset xtics %.17g\nset xlabel '%s'\n", low, high, step, panel->x_name);
}

/* Lowest and highest finite value of all curves; false where there is none. */
static bool extent(const plot_panel *panel, double *low, double *high)
{
    *low = INFINITY;
    *high = -INFINITY;
    for (int c = 0; c < panel->curve_count; c++)
        for (size_t i = 0; i < panel->count; i++) {
            const double value = panel->curves[c].values[i * panel->curves[c].stride];
            if (isfinite(value) && value < *low)
                *low = value;
            if (isfinite(value) && value > *high)
                *high = value;
        }
    return *low <= *high;
}

/* A loss falls by factors, so its axis is logarithmic. Below a factor of 3 that would look the same without round marks. */
static void put_loss_axis(FILE *script, const plot_panel *panel)
{
    double low, high;
    if (!extent(panel, &low, &high) || low <= 0 || high / low < 3)
        return;
    fprintf(script, "set logscale y\nset yrange [%.17g:%.17g]\n", low / 1.3, high * 1.3);
    if (high / low >= 100) {
        fputs("set format y '10^{%L}'\n", script);
        return;
    }
    const int from = (int)floor(log10(low)) - 1, to = (int)ceil(log10(high));
    for (int power = from; power <= to; power++)
        fprintf(script, "%s1e%d, 2e%d, 5e%d", power == from ? "set ytics (" : ", ", power, power, power);
    fputs(")\n", script);
}

/* ---- Page --------------------------------------------------------------------------------------------------------- */

static void put_panel(FILE *script, const plot_panel *panel, int index, int height)
{
    const int top = HEAD + SLOT * index + ABOVE, bottom = HEAD + SLOT * (index + 1) - BELOW;
    const char *with = panel->count <= FEW_POINTS ? "linespoints" : "lines";
    for (int c = 0; c < panel->curve_count; c++)
        put_values(script, panel, c);
    fprintf(script, "set tmargin at screen %.6f\nset bmargin at screen %.6f\n", 1 - (double)top / height,
            1 - (double)bottom / height);
    fputs("set label 1 ", script);
    put_text(script, panel->title, sizeof panel->title);
    fputs(" at graph 0, graph 1.075 left font ',15' noenhanced\nset ylabel ", script);
    put_text(script, panel->y_name, 24);
    fputs(" offset 1 noenhanced\n", script);
    put_x_axis(script, panel);
    for (int c = 0; c < panel->curve_count; c++)
        fprintf(script, "%s $curve%d using 1:2 with %s linestyle %d title '%s'", c ? "," : "plot", c, with,
                panel->curves[c].style, panel->curves[c].name);
    fputs("\n", script);
}

static void put_page(FILE *script, const rnn_plot_data *data, const plot_panel *panels, int count)
{
    const int height = HEAD + SLOT * count;
    fprintf(script, "set terminal svg size %d,%d enhanced font 'Arial,14' background '#ffffff'\n", WIDTH, height);
    /* The prediction is dashed: where it is right, both colours still show. */
    fputs("set encoding utf8\n"
          "set style line 1 linecolor rgb '#e53935' linewidth 2.2 pointtype 7 pointsize 0.4\n"
          "set style line 2 linecolor rgb '#12a04a' linewidth 2.2 dashtype (6,6) pointtype 7 pointsize 0.4\n"
          "set style line 3 linecolor rgb '#1f5fa8' linewidth 2 pointtype 7 pointsize 0.5\n"
          "set style line 4 linecolor rgb '#e07b00' linewidth 2 pointtype 7 pointsize 0.5\n"
          "set border 3 linecolor rgb '#808080'\n"
          "set tics nomirror out scale 0.5 textcolor rgb '#404040' font ',12'\n"
          "set xtics offset 0, 0.3\n"
          "set xlabel offset 0, 0.8\n"
          "set grid linetype 1 linecolor rgb '#e4e4e4' linewidth 1\n"
          "set lmargin at screen 0.095\n"
          "set rmargin at screen 0.97\n"
          "set key at graph 1, graph 1.025 right bottom horizontal Left reverse samplen 2 width -2 font ',13' "
          "noenhanced\n"
          "set multiplot\n"
          "set label 2 ",
          script);
    put_text(script, data->title, 80);
    fprintf(script, " at screen 0.5, screen %.6f center font ',18' noenhanced\n", 1 - 30.0 / height);
    if (data->subtitle) {
        fputs("set label 3 ", script);
        put_text(script, data->subtitle, 115);
        fprintf(script, " at screen 0.5, screen %.6f center font ',13' textcolor rgb '#606060' noenhanced\n",
                1 - 55.0 / height);
    }
    for (int i = 0; i < count; i++) {
        if (panels[i].from_zero)
            put_loss_axis(script, &panels[i]);
        put_panel(script, &panels[i], i, height);
        fputs("unset label 2\nunset label 3\n", script); /* the page's, drawn with its first panel */
    }
    fputs("unset multiplot\n", script);
}

/* Root mean square error of the output that is drawn, over the rows that have an actual value. */
static double part_rmse(const rnn_plot_part *part, size_t O)
{
    double sum = 0;
    size_t count = 0;
    for (size_t i = 0; i < part->count; i++) {
        const double error = part->predicted[i * O] - part->actual[i * O];
        if (!isfinite(error))
            continue;
        sum += error * error;
        count++;
    }
    return count ? sqrt(sum / (double)count) : NAN;
}

static void add_part(plot_panel *panel, const rnn_plot_data *data, const rnn_plot_part *part, const char *name)
{
    const double rmse = part_rmse(part, data->O);
    int used = snprintf(panel->title, sizeof panel->title, "%s part", name);
    if (data->O > 1)
        used += snprintf(panel->title + used, sizeof panel->title - (size_t)used, ", first of %zu outputs", data->O);
    if (isfinite(rmse))
        snprintf(panel->title + used, sizeof panel->title - (size_t)used, ", RMSE %.4g", rmse);
    panel->y_name = data->target;
    panel->x_name = "row of the series";
    panel->first = (double)part->first;
    panel->count = part->count;
    panel->curves[0] = (plot_curve){"actual", 1, part->actual, data->O};
    panel->curves[1] = (plot_curve){"predicted", 2, part->predicted, data->O};
    panel->curve_count = 2;
}

static void add_loss(plot_panel *panel, const rnn_plot_data *data)
{
    bool validated = false;
    for (size_t i = 0; data->val_loss && i < data->epochs; i++)
        validated |= isfinite(data->val_loss[i]) != 0;
    snprintf(panel->title, sizeof panel->title, "Loss");
    panel->y_name = "loss";
    panel->x_name = "epoch";
    panel->first = 1;
    panel->count = data->epochs;
    panel->from_zero = true;
    panel->curves[0] = (plot_curve){"training", 3, data->loss, 1};
    panel->curves[1] = (plot_curve){"validation", 4, data->val_loss, 1};
    panel->curve_count = validated ? 2 : 1;
}

static void put_script(FILE *script, const rnn_plot_data *data)
{
    plot_panel panels[3] = {0};
    int count = 0;
    if (data->train.count > 0)
        add_part(&panels[count++], data, &data->train, "Training");
    if (data->val.count > 0)
        add_part(&panels[count++], data, &data->val, "Validation");
    if (data->epochs > 0)
        add_loss(&panels[count++], data);

    /* printf writes the decimal comma of some locales, which gnuplot would take for the end of an argument. */
    const locale_t c_locale = newlocale(LC_ALL_MASK, "C", (locale_t)0);
    const locale_t before = uselocale(c_locale);
    put_page(script, data, panels, count);
    uselocale(before);
    if (c_locale != (locale_t)0)
        freelocale(c_locale);
}

/* ---- gnuplot ------------------------------------------------------------------------------------------------------ */

/* Starts gnuplot and waits for its end. 0, or the errno of what could not be started; *ended as waitpid gives it. */
static int run_gnuplot(FILE *script, const char *picture, FILE *complaint, int *ended)
{
    char *const arguments[] = {"gnuplot", "--default-settings", "-", NULL}; /* no ~/.gnuplot: it may set anything */
    posix_spawn_file_actions_t actions;
    pid_t child;
    int code = posix_spawn_file_actions_init(&actions);
    if (code != 0)
        return code;
    code = posix_spawn_file_actions_adddup2(&actions, fileno(script), STDIN_FILENO);
    if (code == 0)
        code = posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, picture, O_WRONLY | O_TRUNC, 0);
    if (code == 0)
        code = posix_spawn_file_actions_adddup2(&actions, fileno(complaint), STDERR_FILENO);
    if (code == 0)
        code = posix_spawnp(&child, "gnuplot", &actions, NULL, arguments, environ);
    posix_spawn_file_actions_destroy(&actions);
    while (code == 0 && waitpid(child, ended, 0) < 0)
        if (errno != EINTR)
            code = errno;
    if (code == 0 && WIFEXITED(*ended) && WEXITSTATUS(*ended) == 127)
        code = ENOENT; /* how posix_spawn reports a program it misses too late for its own result */
    return code;
}

/* What gnuplot said, on one line: it likes to begin with empty ones and to point with a caret on a line of its own. */
static void read_complaint(FILE *complaint, char *text, size_t size)
{
    size_t used = 0;
    int c;
    rewind(complaint);
    while (used + 1 < size && (c = fgetc(complaint)) != EOF) {
        const bool blank = c <= ' ' || c == 0x7f;
        if (!blank)
            text[used++] = (char)c;
        else if (used > 0 && text[used - 1] != ' ')
            text[used++] = ' ';
    }
    while (used > 0 && text[used - 1] == ' ')
        used--;
    text[used] = '\0';
}

/* gnuplot does not look whether its writes succeed: on a full disk it ends well and the picture ends in the middle. */
static bool is_whole(const char *picture)
{
    char tail[32] = {0};
    FILE *file = fopen(picture, "rb");
    if (!file)
        return false;
    if (fseek(file, -(long)(sizeof tail - 1), SEEK_END) == 0)
        tail[fread(tail, 1, sizeof tail - 1, file)] = '\0';
    fclose(file);
    return strstr(tail, "</svg>") != NULL;
}

/* True when the picture lies in the file `picture`, else `why` says why not. */
static bool draw(const rnn_plot_data *data, const char *picture, char *why, size_t size)
{
    bool drawn = false;
    int ended = 0, code;
    FILE *script = tmpfile(), *complaint = tmpfile();
    if (!script || !complaint) {
        snprintf(why, size, "no temporary file for gnuplot: %s", strerror(errno));
        goto done;
    }
    put_script(script, data);
    if (fflush(script) != 0 || ferror(script) || lseek(fileno(script), 0, SEEK_SET) != 0) {
        snprintf(why, size, "writing gnuplot's script failed: %s", strerror(errno));
        goto done;
    }
    code = run_gnuplot(script, picture, complaint, &ended);
    if (code == ENOENT) {
        snprintf(why, size, "gnuplot not found; install gnuplot to have it");
    } else if (code != 0) {
        snprintf(why, size, "gnuplot cannot be run: %s", strerror(code));
    } else if (ended != 0) {
        char said[512];
        read_complaint(complaint, said, sizeof said);
        snprintf(why, size, "gnuplot failed (%s %d): %s", WIFEXITED(ended) ? "exit code" : "signal",
                 WIFEXITED(ended) ? WEXITSTATUS(ended) : WTERMSIG(ended), said);
    } else {
        drawn = is_whole(picture);
        snprintf(why, size, "gnuplot wrote no whole picture; is the disk full?");
    }

done:
    if (complaint)
        fclose(complaint);
    if (script)
        fclose(script);
    return drawn;
}

rnn_status rnn_plot(const rnn_plot_data *data, const char *path)
{
    rnn_status status = RNN_OK;
    rnn_writer *writer = NULL;
    char why[1024];
    if (data->train.count == 0 && data->val.count == 0 && data->epochs == 0)
        return rnn_fail(RNN_INTERNAL, "%s: there is nothing to draw in it", path);
    RNN_TRY(rnn_writer_open(path, &writer));
    if (draw(data, rnn_writer_temporary(writer), why, sizeof why))
        RNN_TRY(rnn_writer_commit(writer));
    else
        rnn_notice("no %s%s: %s", path, access(path, F_OK) == 0 ? " (the one there is of an earlier run)" : "", why);

fail:
    rnn_writer_free(writer);
    return status;
}
