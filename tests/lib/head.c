#include "tests/lib/head.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/date.h"
#include "common/role.h"

#define START_SECONDS 30
#define LOOK_EVERY_MS 2
#define LOG_MAX 65536
#define ARGUMENTS_MAX 24

static void need(bool holds, const char *what, const char *detail)
{
	if (holds)
		return;
	fprintf(stderr, "head: %s: %s\n", what, detail);
	abort();
}

static void path_of(char to[static 256], const struct head *head, const char *name)
{
	need(snprintf(to, 256, "%s/%s", head->directory, name) < 256, "name too long", name);
}

/* ---- processes ---- */

/* Starts dossierd with these arguments, all output into the log. */
static pid_t spawn(const struct head *head, const char *const arguments[])
{
	const char *build = getenv("DOSSIER_BUILD");
	char program[256];
	char log[256];
	char *argv[ARGUMENTS_MAX + 1] = {program};
	snprintf(program, sizeof(program), "%s/dossierd", build != NULL ? build : "build/debug");
	path_of(log, head, "log");
	for (int i = 0; arguments[i] != NULL && i + 1 < ARGUMENTS_MAX; i++)
		argv[i + 1] = (char *)(uintptr_t)arguments[i];
	pid_t child = fork();
	need(child >= 0, "fork", strerror(errno));
	if (child > 0)
		return child;
	int fd = open(log, O_WRONLY | O_CREAT | O_APPEND, 0600);
	if (fd < 0 || dup2(fd, STDOUT_FILENO) < 0 || dup2(fd, STDERR_FILENO) < 0)
		_exit(126);
	execv(program, argv);
	_exit(127);
}

static int wait_for(pid_t child)
{
	int status = 0;
	while (waitpid(child, &status, 0) != child)
		need(errno == EINTR, "waitpid", strerror(errno));
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/* The end of the log, for the port and for saying what went wrong. */
static void read_log(const struct head *head, off_t from, char text[static LOG_MAX])
{
	char path[256];
	path_of(path, head, "log");
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t got = fd < 0 ? 0 : pread(fd, text, LOG_MAX - 1, from);
	text[got > 0 ? got : 0] = '\0';
	if (fd >= 0)
		close(fd);
}

static off_t log_size(const struct head *head)
{
	char path[256];
	struct stat about;
	path_of(path, head, "log");
	return stat(path, &about) == 0 ? about.st_size : 0;
}

static void operate(const struct head *head, const char *const arguments[])
{
	static char said[LOG_MAX];
	off_t from = log_size(head);
	if (wait_for(spawn(head, arguments)) == 0)
		return;
	read_log(head, from, said);
	need(false, arguments[0], said);
}

int head_operate(const struct head *head, const char *word, const char *argument)
{
	return wait_for(spawn(head, (const char *const[]){word, head->data, argument, NULL}));
}

/* ---- the server ---- */

static void write_config(const struct head *head)
{
	char path[256];
	path_of(path, head, "dossierd.conf");
	FILE *file = fopen(path, "w");
	need(file != NULL, path, strerror(errno));
	/* One address, few certificates and many connections: what people do not do. */
	fprintf(file,
		"[server]\naddress = 127.0.0.1\nport = %u\n[limits]\nin_flight = 256\n"
		"handshakes = 0\nhandshakes_per_second = 0\ncertificate_connections = 0\n"
		"staff_requests = 0\noutsider_requests = 0\n"
		"outsider_records_per_day = 1000000\n",
		(unsigned)head->port);
	need(fclose(file) == 0, path, strerror(errno));
}

void head_spawn(struct head *head)
{
	char config[256];
	path_of(config, head, "dossierd.conf");
	head->server =
		spawn(head, (const char *const[]){"run", head->data, "--config", config, NULL});
}

void head_start(struct head *head)
{
	static char said[LOG_MAX];
	off_t from = log_size(head);
	int64_t deadline = clock_monotonic() + INT64_C(1000000) * START_SECONDS;
	unsigned port = 0;
	head_spawn(head);
	while (port == 0) {
		read_log(head, from, said);
		const char *line = strstr(said, "event=listening");
		const char *found = line == NULL ? NULL : strstr(line, " port=");
		/* Only a whole line tells the whole number. */
		if (found != NULL && strchr(found, '\n') != NULL)
			port = (unsigned)strtoul(found + 6, NULL, 10);
		need(waitpid(head->server, NULL, WNOHANG) == 0, "the server ended", said);
		need(clock_monotonic() < deadline, "the server does not listen", said);
		if (port == 0)
			(void)poll(NULL, 0, LOOK_EVERY_MS);
	}
	if (head->port != (uint16_t)port) {
		head->port = (uint16_t)port;
		write_config(head);
	}
}

void head_kill(struct head *head)
{
	need(kill(head->server, SIGKILL) == 0, "kill", strerror(errno));
	(void)wait_for(head->server);
	head->server = 0;
}

void head_stop(struct head *head)
{
	need(kill(head->server, SIGTERM) == 0, "kill", strerror(errno));
	int code = wait_for(head->server);
	head->server = 0;
	need(code == 0, "the server did not stop well", "see its log");
}

/* ---- clients ---- */

struct client *head_connect(const struct head *head, const char *login)
{
	char certificate[256];
	char key[256];
	char ca[256];
	char why[CLIENT_WHY_LEN] = "";
	struct client *client = NULL;
	need(snprintf(certificate, 256, "%s/%s/cert.pem", head->directory, login) < 256 &&
		     snprintf(key, 256, "%s/%s/key.pem", head->directory, login) < 256 &&
		     snprintf(ca, 256, "%s/%s/ca.pem", head->directory, login) < 256,
	     "name too long", login);
	struct client_options options = {
		.host = "127.0.0.1",
		.port = head->port,
		.certificate = certificate,
		.key = key,
		.ca = ca,
		.name = "test/1",
	};
	enum status status = client_connect(&client, &options, why);
	need(status == STATUS_OK, status_name(status), why);
	return client;
}

struct client_answer head_call(struct client *client, enum rpc_number rpc,
			       const ProtobufCMessage *request)
{
	struct client_answer answer;
	uint8_t key[FRAME_KEY_LEN];
	bool writes = rpc_find((uint16_t)rpc)->lane == LANE_WRITE;
	client_new_key(key);
	enum status status = client_call(client, rpc, request, writes ? key : NULL, 0, &answer);
	need(status == STATUS_OK, status_name(status), client_why(client));
	need(answer.status == STATUS_OK, rpc_find((uint16_t)rpc)->name, status_name(answer.status));
	return answer;
}

void head_register(struct head *head, struct client *officer, const char *login, Pb__Role role,
		   bool with_certificate)
{
	char profile[256];
	Pb__PrincipalAddRequest request = PB__PRINCIPAL_ADD_REQUEST__INIT;
	request.login = login;
	request.name = login;
	request.office = "HQ";
	request.role = role;
	if (role_find((int)role)->kind == ROLE_OUTSIDER)
		request.unit = "锦城律师事务所";
	(void)head_call(officer, RPC_principal_add, &request.base);
	if (!with_certificate)
		return;
	path_of(profile, head, login);
	operate(head, (const char *const[]){"issue", head->data, login, "--out", profile, NULL});
}

void head_add_items(struct client *archivist, char *numbers[], unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		Pb__ItemDraft draft = PB__ITEM_DRAFT__INIT;
		Pb__ItemAddRequest request = PB__ITEM_ADD_REQUEST__INIT;
		draft.title = "购销合同";
		draft.customer = HEAD_CUSTOMER;
		request.draft = &draft;
		struct client_answer answer = head_call(archivist, RPC_item_add, &request.base);
		const Pb__ItemAddReply *reply = (const void *)answer.reply;
		numbers[i] = strdup(reply->item->number);
		need(numbers[i] != NULL, "memory", "");
	}
}

/* ---- life ---- */

static void add_customer(const struct head *head)
{
	Pb__CustomerDraft draft = PB__CUSTOMER_DRAFT__INIT;
	Pb__CustomerAddRequest request = PB__CUSTOMER_ADD_REQUEST__INIT;
	struct client *archivist = head_connect(head, HEAD_ARCHIVIST);
	draft.name = "成都宏达商贸有限公司";
	draft.ref = HEAD_CUSTOMER;
	request.draft = &draft;
	(void)head_call(archivist, RPC_customer_add, &request.base);
	client_close(archivist);
}

void head_open(struct head *head)
{
	char profile[256];
	*head = (struct head){0};
	const char *parent = getenv("TMPDIR");
	if (parent == NULL)
		parent = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp";
	int len = snprintf(head->directory, sizeof(head->directory), "%s/dossier-test-XXXXXX",
			   parent);
	need(len > 0 && (size_t)len < sizeof(head->directory), "name too long", parent);
	need(mkdtemp(head->directory) != NULL, "mkdtemp", strerror(errno));
	snprintf(head->data, sizeof(head->data), "%s/data", head->directory);
	path_of(profile, head, HEAD_OFFICER);
	operate(head, (const char *const[]){"init", head->data, "--origin", "test.example/ledger",
					    "--office", "HQ", "--office-name", "总部", "--login",
					    HEAD_OFFICER, "--name", "安全员", "--profile", profile,
					    NULL});
	write_config(head);
	head_start(head);
	struct client *officer = head_connect(head, HEAD_OFFICER);
	head_register(head, officer, HEAD_ARCHIVIST, PB__ROLE__ARCHIVIST, true);
	client_close(officer);
	add_customer(head);
}

static int remove_one(const char *path, const struct stat *info, int kind, struct FTW *walk)
{
	(void)info;
	(void)kind;
	(void)walk;
	return remove(path);
}

void head_close(struct head *head)
{
	if (head->server != 0)
		head_kill(head);
	if (getenv("DOSSIER_KEEP") != NULL)
		printf("kept %s\n", head->directory);
	else
		need(nftw(head->directory, remove_one, 16, FTW_DEPTH | FTW_PHYS) == 0,
		     head->directory, strerror(errno));
}
