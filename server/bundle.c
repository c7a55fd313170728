#include "server/bundle.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/file.h"
#include "common/path.h"

static enum status fail(char why[static BUNDLE_WHY_LEN], enum status status, const char *what,
			const char *path)
{
	snprintf(why, BUNDLE_WHY_LEN, "%s %.400s", what, path);
	return status;
}

enum status bundle_reserve(struct bundle_file *file)
{
	return buf_reserve(&file->bytes, BUNDLE_FILE_MAX) != NULL ? STATUS_OK : STATUS_MEMORY;
}

void bundle_release(struct bundle_file *files, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (files[i].bytes.bytes != NULL)
			explicit_bzero(files[i].bytes.bytes, files[i].bytes.capacity);
		buf_release(&files[i].bytes);
	}
}

bool bundle_exists(const char *directory, const struct bundle_file *files, size_t count,
		   char why[static BUNDLE_WHY_LEN])
{
	struct path path;
	for (size_t i = 0; i < count; i++)
		if (path_join(&path, directory, files[i].name) == STATUS_OK &&
		    access(path.text, F_OK) == 0) {
			(void)fail(why, STATUS_CONFLICT, "this is there already:", path.text);
			return true;
		}
	return false;
}

static enum status write_new(const char *path, const struct buf *bytes)
{
	int fd;
	enum status status = file_open(path, O_WRONLY | O_CREAT | O_EXCL, &fd);
	if (status != STATUS_OK)
		return errno == EEXIST ? STATUS_CONFLICT : status;
	status = file_write_at(fd, buf_head(bytes), bytes->len, 0);
	if (status == STATUS_OK)
		status = file_sync(fd);
	close(fd);
	if (status != STATUS_OK)
		unlink(path);
	return status;
}

static void remove_files(const char *directory, const struct bundle_file *files, size_t count)
{
	struct path path;
	for (size_t i = 0; i < count; i++)
		if (path_join(&path, directory, files[i].name) == STATUS_OK)
			unlink(path.text);
}

enum status bundle_write(const char *directory, const struct bundle_file *files, size_t count,
			 char why[static BUNDLE_WHY_LEN])
{
	struct path path;
	enum status status = STATUS_OK;
	size_t done = 0;
	while (status == STATUS_OK && done < count) {
		status = path_join(&path, directory, files[done].name);
		if (status == STATUS_OK)
			status = write_new(path.text, &files[done].bytes);
		if (status == STATUS_CONFLICT)
			(void)fail(why, status, "this is there already:", path.text);
		else if (status != STATUS_OK)
			(void)fail(why, status, "cannot write", path.text);
		else
			done++;
	}
	if (status == STATUS_OK) {
		status = directory_sync(directory);
		if (status != STATUS_OK)
			(void)fail(why, status, "cannot sync", directory);
	}
	if (status != STATUS_OK)
		remove_files(directory, files, done);
	return status;
}
