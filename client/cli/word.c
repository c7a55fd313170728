#include "client/cli/word.h"

#include <string.h>
#include <strings.h>

#include "client/cli/lang.h"
#include "proto/request.pb-c.h"

static const struct word words[] = {
	{&pb__role__descriptor, PB__ROLE__CLERK, N_("clerk"), "文员|内勤|"},
	{&pb__role__descriptor, PB__ROLE__ARCHIVIST, N_("archivist"), "档案管理员|档案员|"},
	{&pb__role__descriptor, PB__ROLE__AUDITOR, N_("auditor"), "审计|审计员|"},
	{&pb__role__descriptor, PB__ROLE__OFFICER, N_("officer"), "安全管理员|安全员|"},
	{&pb__role__descriptor, PB__ROLE__OPERATOR, N_("operator"), "运维|系统管理员|"},
	{&pb__role__descriptor, PB__ROLE__KEEPER, N_("keeper"), "兼职档案员|部门档案员|"},
	{&pb__role__descriptor, PB__ROLE__SALESPERSON, N_("salesperson"), "业务员|销售|"},
	{&pb__role__descriptor, PB__ROLE__APPROVER, N_("approver"), "部门负责人|审批人|"},
	{&pb__role__descriptor, PB__ROLE__GENERAL_MANAGER, N_("general manager"), "总经理|"},
	{&pb__role__descriptor, PB__ROLE__LAWYER, N_("lawyer"), "律师|"},
	{&pb__role__descriptor, PB__ROLE__AUTHORITY, N_("authority"), "公检法及机关|机关人员|"},
	{&pb__role__descriptor, PB__ROLE__ORGANISATION, N_("organisation"), "本企业|"},
	{&pb__role__descriptor, PB__ROLE__PARTY, N_("party"), "当事人|诉讼当事人|"},
	{&pb__role__descriptor, PB__ROLE__WITNESS, N_("witness"), "见证设备|"},
	{&pb__principal_state__descriptor, PB__PRINCIPAL_STATE__ACTIVE, N_("active"), "有效|"},
	{&pb__principal_state__descriptor, PB__PRINCIPAL_STATE__SUSPENDED, N_("suspended"),
	 "停用|"},
	{&pb__principal_state__descriptor, PB__PRINCIPAL_STATE__CLOSED, N_("closed"), "注销|"},
	{&pb__certificate_state__descriptor, PB__CERTIFICATE_STATE__CERTIFICATE_VALID, N_("valid"),
	 "有效|"},
	{&pb__certificate_state__descriptor, PB__CERTIFICATE_STATE__CERTIFICATE_ENDED, N_("ended"),
	 "到期|"},
	{&pb__certificate_state__descriptor, PB__CERTIFICATE_STATE__CERTIFICATE_REVOKED,
	 N_("revoked"), "吊销|"},
	{&pb__customer_kind__descriptor, PB__CUSTOMER_KIND__COMPANY, N_("company"),
	 "企业|公司|单位|"},
	{&pb__customer_kind__descriptor, PB__CUSTOMER_KIND__PERSON, N_("person"), "个人|自然人|"},
	{&pb__customer_kind__descriptor, PB__CUSTOMER_KIND__INSTITUTION, N_("institution"),
	 "机构|机关|事业单位|"},
	{&pb__item_kind__descriptor, PB__ITEM_KIND__BOX, N_("box"), "盒|档案盒|"},
	{&pb__item_kind__descriptor, PB__ITEM_KIND__VOLUME, N_("volume"), "卷|案卷|"},
	{&pb__item_kind__descriptor, PB__ITEM_KIND__PIECE, N_("piece"), "件|文件|"},
	{&pb__medium__descriptor, PB__MEDIUM__PAPER, N_("paper"), "纸质|"},
	{&pb__medium__descriptor, PB__MEDIUM__ELECTRONIC, N_("electronic"), "电子|"},
	{&pb__authenticity__descriptor, PB__AUTHENTICITY__ORIGINAL, N_("original"),
	 "原件|正本|是|"},
	{&pb__authenticity__descriptor, PB__AUTHENTICITY__COPY, N_("copy"),
	 "复印件|副本|复制件|否|"},
	{&pb__secrecy__descriptor, PB__SECRECY__PUBLIC, N_("public"), "公开|"},
	{&pb__secrecy__descriptor, PB__SECRECY__INTERNAL, N_("internal"), "内部|"},
	{&pb__secrecy__descriptor, PB__SECRECY__CONFIDENTIAL, N_("confidential"), "机密|秘密|"},
	{&pb__secrecy__descriptor, PB__SECRECY__SECRET, N_("secret"), "绝密|"},
	{&pb__borrower_class__descriptor, PB__BORROWER_CLASS__STAFF, N_("staff"), "内部人员|员工|"},
	{&pb__borrower_class__descriptor, PB__BORROWER_CLASS__EXTERNAL, N_("external"),
	 "外部人员|外单位|"},
	{&pb__condition__descriptor, PB__CONDITION__OK, N_("ok"), "完好|正常|"},
	{&pb__condition__descriptor, PB__CONDITION__MISSING, N_("missing"), "缺页|缺失|"},
	{&pb__condition__descriptor, PB__CONDITION__DAMAGED, N_("damaged"), "破损|损坏|"},
	{&pb__approval_state__descriptor, PB__APPROVAL_STATE__WAITING, N_("waiting"),
	 "待审批|审批中|"},
	{&pb__approval_state__descriptor, PB__APPROVAL_STATE__APPROVED, N_("approved"),
	 "已批准|批准|"},
	{&pb__approval_state__descriptor, PB__APPROVAL_STATE__DECLINED, N_("declined"), "不同意|"},
	{&pb__approval_state__descriptor, PB__APPROVAL_STATE__WITHDRAWN, N_("withdrawn"),
	 "已撤回|撤回|"},
	{&pb__approval_state__descriptor, PB__APPROVAL_STATE__USED, N_("used"), "已使用|"},
	{&pb__approval_level__descriptor, PB__APPROVAL_LEVEL__HEAD, N_("head of department"),
	 "部门负责人|"},
	{&pb__approval_level__descriptor, PB__APPROVAL_LEVEL__MANAGER, N_("general manager"),
	 "总经理|"},
	{&pb__approval_level__descriptor, PB__APPROVAL_LEVEL__OFFICER_LEVEL, N_("security officer"),
	 "安全管理员|"},
	{&pb__item_state__descriptor, PB__ITEM_STATE__ON_SHELF, N_("on shelf"), "在架|在库|"},
	{&pb__item_state__descriptor, PB__ITEM_STATE__ON_LOAN, N_("on loan"), "借出|"},
	{&pb__item_state__descriptor, PB__ITEM_STATE__SEALED, N_("sealed"), "封存|"},
	{&pb__grant_action__descriptor, PB__GRANT_ACTION__LIST, N_("list"), "列表|目录|"},
	{&pb__grant_action__descriptor, PB__GRANT_ACTION__READ, N_("read"), "查阅|阅览|"},
	{&pb__grant_action__descriptor, PB__GRANT_ACTION__PAGE, N_("page"), "看页|影像|"},
	{&pb__grant_action__descriptor, PB__GRANT_ACTION__COPY_OUT, N_("copy out"), "复制|复印|"},
	{&pb__channel__descriptor, PB__CHANNEL__ONLINE, N_("online"), "在线|网上|"},
	{&pb__channel__descriptor, PB__CHANNEL__COUNTER, N_("counter"), "柜台|窗口|现场|"},
	{&pb__channel__descriptor, PB__CHANNEL__LETTER, N_("letter"), "来函|信函|"},
	{&pb__paper_kind__descriptor, PB__PAPER_KIND__INTRODUCTION, N_("introduction"),
	 "介绍信|公函|"},
	{&pb__paper_kind__descriptor, PB__PAPER_KIND__WORK_ID, N_("work ID"), "工作证|"},
	{&pb__paper_kind__descriptor, PB__PAPER_KIND__BUSINESS_LICENCE, N_("business licence"),
	 "营业执照|执照|"},
	{&pb__paper_kind__descriptor, PB__PAPER_KIND__IDENTITY_CARD, N_("identity card"),
	 "身份证|"},
	{&pb__paper_kind__descriptor, PB__PAPER_KIND__PRACTISING_CERTIFICATE,
	 N_("practising certificate"), "律师执业证|执业证|"},
	{&pb__paper_kind__descriptor, PB__PAPER_KIND__CASE_PROOF, N_("case proof"),
	 "案件证明|法院证明|仲裁证明|"},
	{&pb__grant_state__descriptor, PB__GRANT_STATE__GRANT_REQUESTED, N_("requested"),
	 "已申请|"},
	{&pb__grant_state__descriptor, PB__GRANT_STATE__GRANT_PAPERS_MISSING, N_("papers missing"),
	 "缺证件|证件不全|"},
	{&pb__grant_state__descriptor, PB__GRANT_STATE__GRANT_WAITING, N_("awaiting approval"),
	 "待审批|"},
	{&pb__grant_state__descriptor, PB__GRANT_STATE__GRANT_ACTIVE, N_("in force"), "有效|"},
	{&pb__grant_state__descriptor, PB__GRANT_STATE__GRANT_NOT_YET, N_("not yet"),
	 "未到期限|未生效|"},
	{&pb__grant_state__descriptor, PB__GRANT_STATE__GRANT_USED_UP, N_("used up"), "次数用完|"},
	{&pb__grant_state__descriptor, PB__GRANT_STATE__GRANT_ENDED, N_("ended"), "已到期|"},
	{&pb__grant_state__descriptor, PB__GRANT_STATE__GRANT_DECLINED, N_("not approved"),
	 "未批准|"},
	{&pb__grant_state__descriptor, PB__GRANT_STATE__GRANT_WITHDRAWN, N_("request withdrawn"),
	 "已撤回|"},
	{&pb__grant_state__descriptor, PB__GRANT_STATE__GRANT_REVOKED, N_("taken back"), "已撤销|"},
	{&pb__verdict__descriptor, PB__VERDICT__ADDED, N_("added"), "新增|"},
	{&pb__verdict__descriptor, PB__VERDICT__UNCHANGED, N_("unchanged"), "未变|"},
	{&pb__verdict__descriptor, PB__VERDICT__DIFFERS, N_("differs"), "不一致|"},
	{&pb__verdict__descriptor, PB__VERDICT__INVALID, N_("invalid"), "无效|"},
};

#define COUNT (sizeof(words) / sizeof(words[0]))

const struct word *word_of(const ProtobufCEnumDescriptor *type, size_t i)
{
	for (size_t at = 0; at < COUNT; at++) {
		if (words[at].type == type && i-- == 0)
			return &words[at];
	}
	return NULL;
}

const struct word *word_find(const ProtobufCEnumDescriptor *type, int number)
{
	for (size_t i = 0; i < COUNT; i++) {
		if (words[i].type == type && words[i].number == number)
			return &words[i];
	}
	return NULL;
}

static bool is_english(const char *word, const char *text, size_t len)
{
	if (strlen(word) != len)
		return false;
	for (size_t i = 0; i < len; i++) {
		bool gap = word[i] == ' ' && (text[i] == '-' || text[i] == '_');
		if (!gap && strncasecmp(&word[i], &text[i], 1) != 0)
			return false;
	}
	return true;
}

static bool is_chinese(const char *alternatives, const char *text, size_t len)
{
	for (const char *one = alternatives; *one != '\0'; one = strchr(one, '|') + 1) {
		if (strcspn(one, "|") == len && memcmp(one, text, len) == 0)
			return true;
	}
	return false;
}

bool word_parse(const ProtobufCEnumDescriptor *type, const char *text, size_t len, int *number)
{
	const struct word *word;

	for (size_t i = 0; len > 0 && (word = word_of(type, i)) != NULL; i++) {
		if (is_english(word->text, text, len) || is_chinese(word->chinese, text, len)) {
			*number = word->number;
			return true;
		}
	}
	return false;
}
