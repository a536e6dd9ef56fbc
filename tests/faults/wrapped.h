/* SPDX-License-Identifier: MIT
 * wrapped.h - the OpenCL functions that stand behind the layer: all that the program calls, which test_faults.c checks
 */
#ifndef RNN_TESTS_FAULTS_WRAPPED_H
#define RNN_TESTS_FAULTS_WRAPPED_H

#define FAULTS_WRAPPED(X)        \
    X(clGetPlatformIDs)          \
    X(clGetPlatformInfo)         \
    X(clGetDeviceIDs)            \
    X(clGetDeviceInfo)           \
    X(clCreateContext)           \
    X(clReleaseContext)          \
    X(clCreateCommandQueue)      \
    X(clReleaseCommandQueue)     \
    X(clCreateBuffer)            \
    X(clReleaseMemObject)        \
    X(clCreateProgramWithSource) \
    X(clCreateProgramWithBinary) \
    X(clReleaseProgram)          \
    X(clBuildProgram)            \
    X(clGetProgramInfo)          \
    X(clGetProgramBuildInfo)     \
    X(clCreateKernel)            \
    X(clReleaseKernel)           \
    X(clSetKernelArg)            \
    X(clGetKernelInfo)           \
    X(clGetEventInfo)            \
    X(clGetEventProfilingInfo)   \
    X(clReleaseEvent)            \
    X(clFinish)                  \
    X(clEnqueueReadBuffer)       \
    X(clEnqueueWriteBuffer)      \
    X(clEnqueueCopyBuffer)       \
    X(clEnqueueFillBuffer)       \
    X(clEnqueueNDRangeKernel)

#endif
