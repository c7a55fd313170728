/*
 * Empty messages in the call's arena, one typed function a message that the service fills:
 * make_loan(call) and so on. NULL when the arena is full.
 */
#ifndef SERVER_SERVICE_MAKE_H
#define SERVER_SERVICE_MAKE_H

#include "common/message.h"
#include "proto/request.pb-c.h"
#include "server/service/call.h"

#define MAKE(name, Message)                                                                        \
	static inline Pb__##Message *make_##name(struct call *call)                                \
	{                                                                                          \
		return (Pb__##Message *)(void *)message_new(&pb__##name##__descriptor,             \
							    call->arena);                          \
	}
MAKE(office, Office)
MAKE(department, Department)
MAKE(principal, Principal)
MAKE(certificate, Certificate)
MAKE(enrolment, Enrolment)
MAKE(certificate_view, CertificateView)
MAKE(holding, Holding)
MAKE(customer, Customer)
MAKE(contact, Contact)
MAKE(item, Item)
MAKE(loan, Loan)
MAKE(series, Series)
MAKE(grant, Grant)
MAKE(paper, Paper)
MAKE(grant_view, GrantView)
MAKE(my_views_reply, MyViewsReply)
MAKE(approval, Approval)
MAKE(approval_input, ApprovalInput)
MAKE(approval_opened, ApprovalOpened)
MAKE(approval_view, ApprovalView)
MAKE(decision, Decision)
MAKE(decision_view, DecisionView)
MAKE(delegation, Delegation)
MAKE(handed_over, HandedOver)
MAKE(delegation_view, DelegationView)
MAKE(refusal, Refusal)
MAKE(customer_view, CustomerView)
MAKE(item_view, ItemView)
MAKE(loan_view, LoanView)
MAKE(row_verdict, RowVerdict)
MAKE(item_outcome, ItemOutcome)
MAKE(log_list_reply, LogListReply)
MAKE(confidential, Confidential)
MAKE(confidential_fact, ConfidentialFact)
MAKE(witness, Witness)
MAKE(erasure, Erasure)
MAKE(redacted, Redacted)
MAKE(witness_view, WitnessView)
MAKE(log_key, LogKey)
#undef MAKE

#endif
