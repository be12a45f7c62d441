import { call, inertId, type Made, type Maker, nothing, type Properties, type Site } from "./resource.ts";

/** A network has no meaning on one machine: its parts are ids. What RDS knows of it (groups) is made in RDS. */
export const networkMakers: Record<string, Maker> = {
  "AWS::EC2::VPC": inert("vpc", (ref) => ({ VpcId: ref, DefaultSecurityGroup: ref.replace("vpc", "sg") })),
  "AWS::EC2::Subnet": inert("subnet", (ref, { AvailabilityZone, CidrBlock }) => ({
    SubnetId: ref,
    AvailabilityZone,
    CidrBlock,
  })),
  "AWS::EC2::RouteTable": inert("rtb", (ref) => ({ RouteTableId: ref })),
  "AWS::EC2::SecurityGroup": inert("sg", (ref, { VpcId }) => ({ GroupId: ref, VpcId })),
  "AWS::EC2::VPCEndpoint": inert("vpce", (ref) => ({ Id: ref })),
  "AWS::EC2::FlowLog": inert("fl", (ref) => ({ Id: ref })),
  "AWS::EC2::SubnetRouteTableAssociation": nothing,
  "AWS::EC2::SecurityGroupIngress": nothing,
  "AWS::EC2::SecurityGroupEgress": nothing,
  "AWS::RDS::DBSubnetGroup": makeSubnetGroup,
  "AWS::RDS::DBParameterGroup": makeParameterGroup,
};

function inert(
  prefix: string,
  attributes: (ref: string, properties: Properties) => Record<string, string>,
): Maker {
  return async (site, id, properties) => {
    const ref = inertId(prefix, site, id);
    return { ref, attributes: attributes(ref, properties) };
  };
}

async function makeSubnetGroup(site: Site, id: string, properties: Properties): Promise<Made> {
  const { DBSubnetGroupName = `${site.stack}-${id}`.toLowerCase(), ...rest } = properties;
  await call(
    site,
    "rds",
    "CreateDBSubnetGroup",
    { DBSubnetGroupName, ...rest },
    "DBSubnetGroupAlreadyExists",
  );
  return { ref: DBSubnetGroupName, attributes: {} };
}

async function makeParameterGroup(site: Site, id: string, properties: Properties): Promise<Made> {
  const {
    DBParameterGroupName = `${site.stack}-${id}`.toLowerCase(),
    Family,
    Parameters,
    ...rest
  } = properties;
  const group = { DBParameterGroupName, DBParameterGroupFamily: Family, ...rest };
  await call(site, "rds", "CreateDBParameterGroup", group, "DBParameterGroupAlreadyExists");
  const changes = Object.entries(Parameters ?? {}).map(([ParameterName, value]) => ({
    ParameterName,
    ParameterValue: String(value),
    ApplyMethod: "pending-reboot",
  }));
  if (changes.length > 0)
    await call(site, "rds", "ModifyDBParameterGroup", { DBParameterGroupName, Parameters: changes });
  return { ref: DBParameterGroupName, attributes: { DBParameterGroupName } };
}
