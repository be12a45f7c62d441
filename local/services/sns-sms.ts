import { AwsError, type Operation } from "../twin.ts";

/** What an account may do with SMS in one region. */
export type SmsAccount = {
  attributes: Record<string, string>;
  sandbox: boolean;
  /** Of the sandbox: verified or not. */
  numbers: Map<string, boolean>;
  optedOut: Set<string>;
  /** What was spent in a month, like "2026-11". */
  spent?: { month: string; usd: number };
};

/** What one SMS costs here. On AWS it goes by country and carrier (SNS pricing). */
const smsUsd = 0.00645;

/**
 * Counts one SMS, and gives what the month has come to: SNS reports that with each message, and begins anew each month
 * (SNS developer guide, CloudWatch metrics).
 */
export function spend(account: SmsAccount, nowMs: number): number {
  const month = new Date(nowMs).toISOString().slice(0, 7);
  const before = account.spent?.month === month ? account.spent.usd : 0;
  account.spent = { month, usd: before + smsUsd };
  return account.spent.usd;
}

/** What is saved of it. */
export type SavedSms = [region: string, Pick<SmsAccount, "attributes" | "sandbox" | "spent">][];

/**
 * SMS by region: settings, sandbox, and who has opted out. `of` is where a test says what people and AWS's support do: leave
 * the sandbox, verify a number, answer STOP. New accounts are in the sandbox on AWS; here they are not, so that `npm start`
 * shows what is sent.
 */
export function smsAccounts() {
  const accounts = new Map<string, SmsAccount>();
  const of = (region: string): SmsAccount => {
    const known = accounts.get(region);
    if (known) return known;
    const made = { attributes: {}, sandbox: false, numbers: new Map(), optedOut: new Set<string>() };
    accounts.set(region, made);
    return made;
  };

  const operations: Record<string, Operation> = {
    GetSMSSandboxAccountStatus: (_input, { region }) => ({ IsInSandbox: of(region).sandbox }),
    GetSMSAttributes({ attributes: wanted = [] }, { region }) {
      const all: Record<string, string> = { MonthlySpendLimit: "1", ...of(region).attributes };
      const names = wanted.length > 0 ? wanted : Object.keys(all);
      return {
        attributes: Object.fromEntries(
          names.flatMap((name: string) => (name in all ? [[name, all[name]]] : [])),
        ),
      };
    },
    SetSMSAttributes({ attributes }, { region }) {
      Object.assign(of(region).attributes, attributes);
      return {};
    },
    ListSMSSandboxPhoneNumbers: (_input, { region }) => ({
      PhoneNumbers: [...of(region).numbers].map(([PhoneNumber, verified]) => ({
        PhoneNumber,
        Status: verified ? "Verified" : "Pending",
      })),
    }),
    CreateSMSSandboxPhoneNumber({ PhoneNumber }, { region }) {
      const { numbers } = of(region);
      checkNumber(PhoneNumber);
      // SNS developer guide, SMS sandbox.
      if (numbers.size >= 10 && !numbers.has(PhoneNumber))
        throw new AwsError("UserErrorException", "The maximum number of sandbox phone numbers is 10.");
      numbers.set(PhoneNumber, numbers.get(PhoneNumber) ?? false);
      return {};
    },
    CheckIfPhoneNumberIsOptedOut({ phoneNumber }, { region }) {
      checkNumber(phoneNumber);
      return { isOptedOut: of(region).optedOut.has(phoneNumber) };
    },
  };
  return {
    of,
    operations,
    save: (): SavedSms =>
      [...accounts].map(([region, { attributes, sandbox, spent }]) => [
        region,
        { attributes, sandbox, ...(spent ? { spent } : {}) },
      ]),
    load(saved: SavedSms) {
      for (const [region, kept] of saved) Object.assign(of(region), kept);
    },
  };
}

function checkNumber(number: unknown): void {
  if (/^\+[1-9]\d{1,14}$/.test(String(number))) return;
  const text = `Invalid parameter: PhoneNumber Reason: ${number} is not valid to publish to`;
  throw new AwsError("InvalidParameterException", text);
}
