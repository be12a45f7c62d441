import { Fn, Tags, Validations } from "aws-cdk-lib";
import {
  CfnSubnet,
  CfnVPC,
  InterfaceVpcEndpoint,
  InterfaceVpcEndpointAwsService,
  type IVpc,
  Peer,
  Port,
  SecurityGroup,
  Subnet,
  Vpc,
} from "aws-cdk-lib/aws-ec2";
import { AnyPrincipal, PolicyStatement } from "aws-cdk-lib/aws-iam";
import { CfnDBSubnetGroup } from "aws-cdk-lib/aws-rds";
import { Construct } from "constructs";
import type { Environment } from "../../functions/core/environment.ts";
import { drillSubnetGroup } from "../../functions/core/names.ts";
import { regionalArn, roleArn } from "./arns.ts";
import type { Network, Task } from "./task.ts";

/** Enough for a drill of every source at once. Nothing is routed out of it, so it may overlap with any other network. */
const cidr = { vpc: "10.0.0.0/24", subnets: ["10.0.0.0/25", "10.0.0.128/25"] };

/**
 * Where drills restore databases: two subnets without gateway, peering or any route out. A clone is reached by the
 * checker alone, and the checker reaches the clones and, to learn their passwords, Secrets Manager; clones reach
 * nothing. Only the endpoint costs while nothing is drilled: about 9 USD a month, and 0.01 USD a GB.
 */
export class DrillNetwork extends Construct {
  /** Where the checker runs. */
  readonly checker: Network;
  /** What clones are restored into, beside the subnet group. */
  readonly cloneSecurityGroupId: string;
  readonly #environment: Environment;
  readonly #region: string;

  constructor(
    scope: Construct,
    id: string,
    { environment, region }: { environment: Environment; region: string },
  ) {
    super(scope, id);
    this.#environment = environment;
    this.#region = region;
    const { vpc, subnetIds } = this.#subnets();
    new CfnDBSubnetGroup(this, "SubnetGroup", {
      dbSubnetGroupName: drillSubnetGroup(environment),
      dbSubnetGroupDescription: "What Holdfast restores for drills: no way out",
      subnetIds,
    });
    const group = (name: string, description: string) =>
      new SecurityGroup(this, name, { vpc, description, allowAllOutbound: false });
    const clones = group("Clones", "Databases that drills restored: the checker comes in, nothing goes out");
    const checker = group("Checker", "Checks what drills restored");
    const endpoints = group("Endpoints", "Secrets Manager, for the checker");
    // A clone listens where its source did, at whatever port that is.
    clones.addIngressRule(checker, Port.allTcp(), "the checker");
    endpoints.addIngressRule(checker, Port.tcp(443), "the checker");
    // To addresses, not to groups: CDK would put such rules beside the group, and a group without any lets all out.
    checker.addEgressRule(Peer.ipv4(cidr.vpc), Port.allTcp(), "the databases, and Secrets Manager");
    this.#endpoint(vpc, subnetIds, endpoints);
    this.checker = { vpc, securityGroup: checker };
    this.cloneSecurityGroupId = clones.securityGroupId;
  }

  /**
   * Lets the checker read the passwords that RDS made for clones, and no other secret: RDS names a secret after an id
   * that nobody knows before, and tags it with its database's ARN, which nobody else can set.
   */
  grantReadPasswords(check: Task): void {
    const { name } = this.#environment;
    const why = "RDS names the secret; the condition allows only those of databases that drills restored.";
    for (const [kind, prefix, tag] of [
      ["db", "rds!db-*", "aws:rds:primaryDBInstanceArn"],
      ["cluster", "rds!cluster-*", "aws:rds:primaryDBClusterArn"],
    ]) {
      const clones = regionalArn(this.#environment, "rds", this.#region, `${kind}:${name}-*-drill-*`);
      check.allow(["secretsmanager:GetSecretValue"], [this.#secrets(`${prefix}`)], {
        why,
        when: { StringLike: { [`aws:ResourceTag/${tag}`]: clones } },
      });
    }
  }

  #subnets(): { vpc: IVpc; subnetIds: string[] } {
    const vpc = new CfnVPC(this, "Vpc", {
      cidrBlock: cidr.vpc,
      // Both are what an endpoint with a private name needs.
      enableDnsHostnames: true,
      enableDnsSupport: true,
    });
    Tags.of(vpc).add("Name", drillSubnetGroup(this.#environment));
    Validations.of(vpc).acknowledge({
      id: "AwsSolutions-VPC7",
      reason:
        "Nothing in it but clones and their checker, for an hour a week, with no way in or out to be logged.",
    });
    // RDS wants subnets in two zones. Which there are is asked at deployment, so that synth asks nobody.
    const zones = [0, 1].map((at) => Fn.select(at, Fn.getAzs(this.#region)));
    const subnetIds = cidr.subnets.map((cidrBlock, at) => {
      const availabilityZone = zones[at] ?? "";
      return new CfnSubnet(this, `Subnet${at + 1}`, { vpcId: vpc.ref, cidrBlock, availabilityZone }).ref;
    });
    const known = Vpc.fromVpcAttributes(this, "Network", {
      ...{ vpcId: vpc.ref, vpcCidrBlock: cidr.vpc },
      ...{ availabilityZones: zones, isolatedSubnetIds: subnetIds },
    });
    return { vpc: known, subnetIds };
  }

  #endpoint(vpc: IVpc, [subnetId = ""]: string[], securityGroup: SecurityGroup): void {
    const endpoint = new InterfaceVpcEndpoint(this, "SecretsManager", {
      vpc,
      service: InterfaceVpcEndpointAwsService.SECRETS_MANAGER,
      privateDnsEnabled: true,
      // In one zone, which halves the price: a drill that fails with its zone is repeated.
      subnets: { subnets: [Subnet.fromSubnetId(this, "EndpointSubnet", subnetId)] },
      securityGroups: [securityGroup],
      open: false,
    });
    endpoint.addToPolicy(
      new PolicyStatement({
        principals: [new AnyPrincipal()],
        actions: ["secretsmanager:GetSecretValue"],
        resources: [this.#secrets("rds!*")],
        // A condition, not a principal: the role is made after the endpoint.
        conditions: { ArnEquals: { "aws:PrincipalArn": roleArn(this.#environment, "check", this.#region) } },
      }),
    );
  }

  #secrets(name: string): string {
    return regionalArn(this.#environment, "secretsmanager", this.#region, `secret:${name}`);
  }
}
