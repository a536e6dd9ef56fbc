/* SPDX-License-Identifier: MIT */
#include "backend/opencl/internal.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

const char *ocl_code_name(cl_int code)
{
    switch (code) {
#define OCL_CASE(name) \
    case name:         \
        return #name;
        OCL_CASE(CL_DEVICE_NOT_FOUND)
        OCL_CASE(CL_DEVICE_NOT_AVAILABLE)
        OCL_CASE(CL_COMPILER_NOT_AVAILABLE)
        OCL_CASE(CL_MEM_OBJECT_ALLOCATION_FAILURE)
        OCL_CASE(CL_OUT_OF_RESOURCES)
        OCL_CASE(CL_OUT_OF_HOST_MEMORY)
        OCL_CASE(CL_PROFILING_INFO_NOT_AVAILABLE)
        OCL_CASE(CL_MEM_COPY_OVERLAP)
        OCL_CASE(CL_IMAGE_FORMAT_MISMATCH)
        OCL_CASE(CL_IMAGE_FORMAT_NOT_SUPPORTED)
        OCL_CASE(CL_BUILD_PROGRAM_FAILURE)
        OCL_CASE(CL_MAP_FAILURE)
        OCL_CASE(CL_MISALIGNED_SUB_BUFFER_OFFSET)
        OCL_CASE(CL_EXEC_STATUS_ERROR_FOR_EVENTS_IN_WAIT_LIST)
        OCL_CASE(CL_COMPILE_PROGRAM_FAILURE)
        OCL_CASE(CL_LINKER_NOT_AVAILABLE)
        OCL_CASE(CL_LINK_PROGRAM_FAILURE)
        OCL_CASE(CL_DEVICE_PARTITION_FAILED)
        OCL_CASE(CL_KERNEL_ARG_INFO_NOT_AVAILABLE)
        OCL_CASE(CL_INVALID_VALUE)
        OCL_CASE(CL_INVALID_PLATFORM)
        OCL_CASE(CL_INVALID_DEVICE)
        OCL_CASE(CL_INVALID_CONTEXT)
        OCL_CASE(CL_INVALID_QUEUE_PROPERTIES)
        OCL_CASE(CL_INVALID_COMMAND_QUEUE)
        OCL_CASE(CL_INVALID_HOST_PTR)
        OCL_CASE(CL_INVALID_IMAGE_FORMAT_DESCRIPTOR)
        OCL_CASE(CL_INVALID_IMAGE_SIZE)
        OCL_CASE(CL_INVALID_SAMPLER)
        OCL_CASE(CL_INVALID_BINARY)
        OCL_CASE(CL_INVALID_BUILD_OPTIONS)
        OCL_CASE(CL_INVALID_PROGRAM)
        OCL_CASE(CL_INVALID_PROGRAM_EXECUTABLE)
        OCL_CASE(CL_INVALID_KERNEL_NAME)
        OCL_CASE(CL_INVALID_KERNEL_DEFINITION)
        OCL_CASE(CL_INVALID_KERNEL)
        OCL_CASE(CL_INVALID_ARG_INDEX)
        OCL_CASE(CL_INVALID_ARG_VALUE)
        OCL_CASE(CL_INVALID_ARG_SIZE)
        OCL_CASE(CL_INVALID_KERNEL_ARGS)
        OCL_CASE(CL_INVALID_WORK_DIMENSION)
        OCL_CASE(CL_INVALID_WORK_GROUP_SIZE)
        OCL_CASE(CL_INVALID_WORK_ITEM_SIZE)
        OCL_CASE(CL_INVALID_GLOBAL_OFFSET)
        OCL_CASE(CL_INVALID_EVENT_WAIT_LIST)
        OCL_CASE(CL_INVALID_EVENT)
        OCL_CASE(CL_INVALID_OPERATION)
        OCL_CASE(CL_INVALID_GL_OBJECT)
        OCL_CASE(CL_INVALID_MIP_LEVEL)
        OCL_CASE(CL_INVALID_GLOBAL_WORK_SIZE)
        OCL_CASE(CL_INVALID_PROPERTY)
        OCL_CASE(CL_INVALID_IMAGE_DESCRIPTOR)
        OCL_CASE(CL_INVALID_COMPILER_OPTIONS)
        OCL_CASE(CL_INVALID_LINKER_OPTIONS)
        OCL_CASE(CL_INVALID_DEVICE_PARTITION_COUNT)
#undef OCL_CASE
    case -1001: /* CL_PLATFORM_NOT_FOUND_KHR of the ICD loader */
        return "CL_PLATFORM_NOT_FOUND_KHR";
    default:
        return "unknown OpenCL code";
    }
}

rnn_status ocl_fail(rnn_calls *calls, cl_int code, const char *call, const char *format, ...)
{
    char reason[1024];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(reason, sizeof reason, format, arguments);
    va_end(arguments);
    calls->failed = true;
    const bool memory = code == CL_MEM_OBJECT_ALLOCATION_FAILURE || code == CL_OUT_OF_HOST_MEMORY;
    return rnn_fail(memory ? RNN_NO_MEMORY : RNN_NO_DEVICE, "%.*s failed with %s (%d) on %s: %s",
                    (int)strcspn(call, "("), call, ocl_code_name(code), code,
                    calls->device[0] ? calls->device : "this machine", reason);
}
